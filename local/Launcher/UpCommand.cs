using System.CommandLine;

namespace RootCx.Local.Launcher;

/// <summary>The command line of <c>up</c>. The text of <c>./run --help</c> says the same and has to follow.</summary>
public static class UpCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var port = new Option<int>("--port") { Description = "Port of the API on 127.0.0.1; 0 picks a free one", DefaultValueFactory = _ => 9100, HelpName = "n" };
        var data = new Option<string>("--data") { Description = "Folder for databases, blobs, secrets and logs", DefaultValueFactory = _ => ".rootcx", HelpName = "dir" };
        var noDemo = new Option<bool>("--no-demo") { Description = "Do not deploy the example app" };
        var supervisors = new Option<int>("--supervisors") { Description = "So many supervisors, which share the apps", DefaultValueFactory = _ => 1, HelpName = "n" };
        var apis = new Option<int>("--apis") { Description = "So many hosts of the API; all but the first one on free ports", DefaultValueFactory = _ => 1, HelpName = "n" };
        var storageLog = new Option<bool>("--storage-log") { Description = "Log each request to the storage emulator" };
        foreach (var count in (Option<int>[])[supervisors, apis])
        {
            count.Validators.Add(result =>
            {
                if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var number) || number is < 1 or > LaunchOptions.MostHosts))
                {
                    result.AddError($"{count.Name} must be a number from 1 to {LaunchOptions.MostHosts}, not '{token.Value}'");
                }
            });
        }

        port.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var number) || number is < 0 or > 65535))
            {
                result.AddError($"--port must be a number from 0 to 65535, not '{token.Value}'");
            }
        });

        var command = new Command("up", "Start PostgreSQL, Azure Storage's emulator, the API and the supervisor, and keep them up until Ctrl-C.") { port, data, supervisors, apis, storageLog, noDemo };
        command.SetAction((result, cancellation) =>
        {
            var root = NodePackages.FindRepositoryRoot();
            var folder = result.GetValue(data) is { } given && result.GetResult(data) is { Implicit: false } ? Path.GetFullPath(given) : Path.Combine(root, ".rootcx");
            var options = new LaunchOptions(
                root, folder, result.GetValue(port), result.GetValue(supervisors), result.GetValue(apis), result.GetValue(storageLog), !result.GetValue(noDemo));
            return Launch.RunAsync(options, cancellation);
        });
        return command;
    }
}
