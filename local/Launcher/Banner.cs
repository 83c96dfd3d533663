using Spectre.Console;

namespace RootCx.Local.Launcher;

/// <summary>What a person needs to know once everything is up.</summary>
internal sealed class Banner(Terminal terminal)
{
    /// <summary>Shows it.</summary>
    /// <param name="stack">What runs.</param>
    /// <param name="configured">Parts that were configured instead of started.</param>
    /// <param name="file">What <c>stack.json</c> says.</param>
    /// <param name="adminFile">Where the administrator's account is written down.</param>
    /// <param name="demo">Whether the example app runs.</param>
    public void Show(Stack stack, IReadOnlyList<string> configured, StackFile file, string adminFile, bool demo)
    {
        var table = new Table().RoundedBorder().AddColumns("Part", "Address", "Process", "Log");
        foreach (var part in stack.Parts)
        {
            table.AddRow(Markup.Escape(part.Part.Title), Markup.Escape(part.Part.Address), $"{part.ProcessId}", Markup.Escape(part.Part.LogFile));
        }

        foreach (var title in configured)
        {
            table.AddRow(Markup.Escape(title), "as configured", "", "");
        }

        terminal.Draw(table);
        var (api, app) = (file.ApiUrl, $"{file.ApiUrl}/api/v1/apps/{Demo.App}");
        List<string> lines =
        [
            $"Sign in as  {file.AdminEmail}  with the password  {file.AdminPassword}  (kept in {adminFile})",
            "",
            "Try it:",
            $$$"""  TOKEN=$(curl -s {{{api}}}/api/v1/auth/login -H 'content-type: application/json' -d '{"email":"{{{file.AdminEmail}}}","password":"{{{file.AdminPassword}}}"}' | sed 's/.*"accessToken":"\([^"]*\)".*/\1/')""",
        ];
        lines.AddRange(demo ?
        [
            $"  {api}/apps/{Demo.App}/  in a browser",
            $$$"""  curl -s {{{app}}}/rpc -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{"method":"greet","params":{"name":"Ada"}}'""",
            $"  curl -sN {app}/logs -H \"authorization: Bearer $TOKEN\"",
        ] : [$"  curl -s {api}/api/v1/status -H \"authorization: Bearer $TOKEN\""]);
        lines.AddRange(["", "Ctrl-C stops everything."]);
        lines.ForEach(terminal.Verbatim);
    }
}
