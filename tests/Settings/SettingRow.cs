using RootCx.Tests.Infra;

namespace RootCx.Tests.Settings;

/// <summary>A row of the table of settings in <c>docs/deploy.md</c>.</summary>
internal sealed record SettingRow(string Name, string Default, string Range, string Host, string Meaning)
{
    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<SettingRow> All =
    [
        .. from line in Repository.Read("docs/deploy.md").Split("## Settings")[1].Split('\n')
           let cells = line.Split('|', StringSplitOptions.TrimEntries)
           where cells.Length == 7 && cells[1].StartsWith('`')
           select new SettingRow(cells[1].Trim('`'), cells[2], cells[3], cells[4], cells[5]),
    ];
}
