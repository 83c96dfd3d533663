using System.Text.RegularExpressions;
using RootCx.Tests.Infra;

namespace RootCx.Tests.Settings;

/// <summary>The table in <c>docs/deploy.md</c> has every setting that the code reads, as the code has it.</summary>
public sealed partial class SettingTableTests
{
    // These are made from the machine, so they have words instead of a value.
    private static readonly string[] Made = ["Supervisor__Id", "Workers__ShimPath"];

    private static readonly string[] Hosts = ["core", "functions", "supervisor-host"];

    [Fact]
    public void No_setting_stands_there_twice() => Assert.Empty(SettingRow.All.GroupBy(row => row.Name).Where(rows => rows.Count() > 1).Select(rows => rows.Key));

    [Fact]
    public void Every_bound_setting_is_there_with_its_default_its_range_and_its_hosts()
    {
        var rows = SettingRow.All.ToDictionary(row => row.Name);
        Assert.DoesNotContain(Setting.All, setting => !rows.ContainsKey(setting.Name));
        Assert.All(Setting.All, setting =>
        {
            var row = rows[setting.Name];
            Assert.Equal((setting.Range, setting.Host), (row.Range, row.Host));
            Assert.Equal(setting.IsRequired, row.Meaning.StartsWith("**Required.**", StringComparison.Ordinal));
            Assert.True(row.Meaning.Length > 0, $"{setting.Name} says nothing");
            if (!Made.Contains(setting.Name))
            {
                Assert.Equal(setting.Default.Length > 0 ? $"`{setting.Default}`" : "", row.Default);
            }
        });
    }

    [Fact]
    public void A_section_has_no_setting_that_nobody_binds()
    {
        var sections = Setting.All.Select(setting => setting.Name.Split("__")[0]).ToHashSet();
        var unknown = SettingRow.All.Where(row => sections.Contains(row.Name.Split("__")[0])).Select(row => row.Name).Except(Setting.All.Select(setting => setting.Name));
        Assert.Empty(unknown);
    }

    [Fact]
    public void Every_key_that_is_read_by_its_name_is_there()
    {
        var names = SettingRow.All.Select(row => row.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var read =
            from folder in Hosts
            from file in Repository.Below(folder, "*.cs")
            from Match match in Keys().Matches(Repository.Read(file))
            let key = match.Groups["key"].Value.Replace(":", "__", StringComparison.Ordinal)
            select match.Value.StartsWith("section", StringComparison.Ordinal) ? $"ConnectionStrings__Storage__{key}" : key;
        var all = read.ToHashSet(StringComparer.Ordinal);
        Assert.True(all.Count > 5, "the keys are not found any more");
        Assert.DoesNotContain(all, key => !names.Contains(key));
    }

    // configuration["A:B"], Environment.GetEnvironmentVariable("A"), the flat names in SettingAliases, and what a storage account's section has.
    [GeneratedRegex(
        @"(onfiguration\[""|GetEnvironmentVariable\(""|section\[""|\["")(?<key>(?<=onfiguration\[""|GetEnvironmentVariable\(""|section\["")[\w:]+|[A-Z]\w+(?=""\] = ""\w+:\w+""))""",
        RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex Keys();
}
