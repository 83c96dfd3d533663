using System.Text.Json;
using System.Text.RegularExpressions;

namespace RootCx.Tests.Infra;

/// <summary>What the templates in <c>infra/</c> promise, as far as their text and the compiler tell.</summary>
public sealed partial class BicepTests
{
    public static readonly TheoryData<string> Files = [.. Repository.Below("infra", "*.bicep")];

    [Fact]
    public async Task All_compile_without_a_word_from_the_compiler_or_its_linter_and_are_formatted()
    {
        var copy = Directory.CreateTempSubdirectory("rootcx-bicep-");
        try
        {
            var files = Repository.Below("infra", "*.bicep*");
            foreach (var file in files)
            {
                var to = Path.Combine(copy.FullName, file);
                Directory.CreateDirectory(Path.GetDirectoryName(to)!); // it is below the copy
                File.Copy(Repository.PathOf(file), to);
            }

            Assert.Equal("", await BicepCompiler.BuildAsync(copy.FullName));
            Assert.All(files, file => Assert.StartsWith("{", File.ReadAllText(Path.ChangeExtension(Path.Combine(copy.FullName, file), "json")), StringComparison.Ordinal));
            await BicepCompiler.FormatAsync(copy.FullName);
            Assert.All(files, file => Assert.Equal(Repository.Read(file), File.ReadAllText(Path.Combine(copy.FullName, file))));
        }
        finally
        {
            copy.Delete(recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Parameters_and_outputs_are_described(string file)
    {
        foreach (Match declaration in Declarations().Matches(Repository.Read(file)))
        {
            Assert.True(declaration.Groups["decorators"].Value.Contains("@description('", StringComparison.Ordinal), $"{file}: {declaration.Groups["name"].Value} has no @description");
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void No_output_is_a_secret_and_no_key_is_fetched(string file)
    {
        var text = Repository.Read(file);
        Assert.DoesNotContain("listKeys", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("listCredentials", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("AccountKey", text, StringComparison.OrdinalIgnoreCase);
        foreach (Match declaration in Declarations().Matches(text))
        {
            var name = declaration.Groups["name"].Value;
            var isSecret = SecretNames().IsMatch(name) && !name.EndsWith("Uri", StringComparison.Ordinal); // where it is, not what it is
            Assert.False(isSecret && declaration.Groups["kind"].Value == "output", $"{file}: the output {name}");
            Assert.True(
                !isSecret || declaration.Groups["decorators"].Value.Contains("@secure()", StringComparison.Ordinal), $"{file}: the parameter {name} is not @secure()");
        }
    }

    [Fact]
    public void Every_module_is_there_and_is_used()
    {
        var used = Repository.Below("infra", "*.bicep")
            .SelectMany(file => References().Matches(Repository.Read(file)).Select(match => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Repository.PathOf(file))!, match.Groups["path"].Value))))
            .ToHashSet();
        Assert.Equal(
            Repository.Below("infra/modules", "*.bicep").Select(Repository.PathOf).Order(StringComparer.Ordinal),
            used.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Built_in_roles_are_named_in_one_place_each_with_what_it_lets_somebody_do()
    {
        const string Roles = "infra/modules/roles.bicep";
        foreach (var file in Repository.Below("infra", "*.bicep").Where(file => file != Roles))
        {
            Assert.DoesNotMatch(Ids(), Repository.Read(file));
        }

        var lines = Repository.Read(Roles).Split('\n');
        foreach (var at in Enumerable.Range(0, lines.Length).Where(i => Ids().IsMatch(lines[i])))
        {
            Assert.StartsWith("//", lines[at - 1].Trim(), StringComparison.Ordinal);
        }

        foreach (Match role in RoleNames().Matches(Repository.Read(Roles)))
        {
            Assert.Contains($"roles.{role.Groups["name"].Value}", Repository.Read("infra/modules/access.bicep"), StringComparison.Ordinal); // given to somebody
        }
    }

    [Fact]
    public void Both_ways_of_provisioning_know_the_same_parameters_and_the_small_sizes_are_the_defaults()
    {
        var main = Declarations().Matches(Repository.Read("infra/main.bicep")).Where(match => match.Groups["kind"].Value == "param")
            .ToDictionary(match => match.Groups["name"].Value, match => match.Groups["default"].Value.Trim().Trim('\''));
        using var azd = JsonDocument.Parse(Repository.Read("infra/main.parameters.json"));
        foreach (var parameter in azd.RootElement.GetProperty("parameters").EnumerateObject())
        {
            Assert.Contains(parameter.Name, main);
            if (AzdDefault().Match(parameter.Value.GetProperty("value").GetString()!) is { Success: true } given)
            {
                Assert.Equal(main[parameter.Name], given.Groups["value"].Value);
            }
        }

        var (small, large) = (Preset("small"), Preset("large"));
        Assert.Equal(small.Keys.Order(StringComparer.Ordinal), large.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(small.Keys.Order(StringComparer.Ordinal), azd.RootElement.GetProperty("parameters").EnumerateObject().Select(one => one.Name).Order(StringComparer.Ordinal));
        foreach (var (name, value) in small.Where(one => !one.Value.StartsWith("readEnvironmentVariable", StringComparison.Ordinal)))
        {
            Assert.Equal(main[name], value);
        }
    }

    [Fact]
    public void No_rule_deletes_what_the_platform_collects_itself()
    {
        var storage = Repository.Read("infra/modules/storage.bicep");
        Assert.Equal(1, DeleteActions().Count(storage)); // bodies of calls that nobody fetched
        Assert.DoesNotContain("tierToArchive", storage, StringComparison.Ordinal); // can't be read at once
        foreach (var container in Repository.Below("core", "*.cs").SelectMany(file => Containers().Matches(Repository.Read(file))).Select(match => match.Groups["name"].Value))
        {
            Assert.Contains($"'containers' = {{ name: '{container}' }}", storage, StringComparison.Ordinal); // supervisors may not make those that they read
        }
    }

    private static Dictionary<string, string> Preset(string name) => PresetValues().Matches(Repository.Read($"infra/presets/{name}.bicepparam"))
        .ToDictionary(match => match.Groups["name"].Value, match => match.Groups["value"].Value.Trim('\''));

    [GeneratedRegex(@"(?<decorators>(?:^@[^\n]*\n)*)^(?<kind>param|output) (?<name>\w+) [\w\[\]]+(?: = (?<default>[^\n]*))?$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Declarations();

    [GeneratedRegex("secret|password|key|token|connectionString", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex SecretNames();

    [GeneratedRegex(@"^(module \w+|import \{[^}]*\} from) '(?<path>[^']+)'", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex References();

    [GeneratedRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Ids();

    [GeneratedRegex(@"^  (?<name>\w+): '", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RoleNames();

    [GeneratedRegex(@"^\$\{\w+=(?<value>[^}]*)\}$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AzdDefault();

    [GeneratedRegex(@"^param (?<name>\w+) = (?<value>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PresetValues();

    [GeneratedRegex(@"\bdelete:", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex DeleteActions();

    [GeneratedRegex("new\\(blobs, \"(?<name>[a-z-]+)\"\\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Containers();
}
