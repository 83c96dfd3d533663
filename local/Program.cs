using System.CommandLine;
using RootCx.Local.Api;
using RootCx.Local.Launcher;

// What the launcher starts as its second host is this same program, so that one folder holds everything.
var api = new Command("api", "Serve the functions' endpoints and timers on Kestrel. Started by 'up'; takes the settings from the environment.")
{
    TreatUnmatchedTokensAsErrors = false,
};
api.SetAction(result => ApiHost.RunAsync([.. result.UnmatchedTokens]));

var root = new RootCommand("The whole platform on this machine.") { UpCommand.Create(), api };

// Both commands handle signals themselves and may take longer than the parser's own limit for it.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
