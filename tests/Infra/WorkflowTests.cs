using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace RootCx.Tests.Infra;

/// <summary>The workflows and <c>azure.yaml</c>, as far as their text tells.</summary>
public sealed partial class WorkflowTests
{
    private static readonly string[] Files = [.. Repository.Below(".github/workflows", "*.yml")];

    public static readonly TheoryData<string> Workflows = [.. Files];

    // Those that only the runner has.
    private static readonly string[] MadeThere = ["published/functions"];

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Nothing_is_allowed_but_what_it_says(string file)
    {
        var workflow = Parse(file);
        Assert.Equal(["contents: read"], Pairs((YamlMappingNode)workflow["permissions"]));
        foreach (var (name, job) in Jobs(workflow))
        {
            Assert.True(job.Children.ContainsKey("timeout-minutes"), $"{file}: {name} may run for ever");
            Assert.False(job.Children.ContainsKey("permissions") && file != ".github/workflows/release.yml", $"{file}: {name} wants more");
        }
    }

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Actions_are_pinned_by_their_major_version(string file)
    {
        var uses = Steps(Parse(file)).Where(step => step.Children.ContainsKey("uses")).Select(step => step["uses"].ToString()).ToList();
        Assert.NotEmpty(uses);
        Assert.All(uses, action => Assert.Matches(@"^(actions|docker)/[\w-]+@v\d+$", action));
    }

    [Fact]
    public void Every_file_that_is_named_is_there()
    {
        var named =
            from file in Files
            from step in Steps(Parse(file))
            from text in step.Children.Values.SelectMany(Texts)
            from Match match in Paths().Matches(text)
            let path = match.Groups["path"].Value
            where !MadeThere.Contains(path) && !path.Contains("/bin/", StringComparison.Ordinal)
            select (file, path);
        var all = named.ToList();
        Assert.Contains((".github/workflows/core-tools.yml", "eng/core-tools.sh"), all);
        Assert.All(all, one => Assert.True(Path.Exists(Repository.PathOf(one.path)), $"{one.file} names {one.path}"));
    }

    [Fact]
    public void Namespaces_of_tests_that_are_picked_have_tests()
    {
        var picked = Files.SelectMany(file => Namespaces().Matches(Repository.Read(file)).Select(match => match.Groups["name"].Value)).ToList();
        Assert.NotEmpty(picked);
        Assert.All(picked, name => Assert.Contains(typeof(WorkflowTests).Assembly.GetTypes(), type => type.Namespace == name && type.Name.EndsWith("Tests", StringComparison.Ordinal)));
    }

    [Fact]
    public void Each_workflow_is_described()
    {
        var guide = Repository.Read("docs/deploy.md");
        Assert.All(Files, file => Assert.Contains($"| `{file}` |", guide, StringComparison.Ordinal));
    }

    [Fact]
    public void Scripts_that_are_run_may_be_run()
    {
        string[] scripts = ["eng/core-tools.sh", "eng/try-image.sh", "infra/hooks/make-keys.sh", "infra/hooks/forget-keys.sh", "test", "run"];
        Assert.All(scripts, script => Assert.True(MayBeRun(script), script));
    }

    [Fact]
    public void Azd_finds_what_it_deploys()
    {
        var azure = Parse("azure.yaml");
        var services = (YamlMappingNode)azure["services"];
        Assert.Equal(("function", "csharp"), (services["api"]["host"].ToString(), services["api"]["language"].ToString()));
        Assert.Single(Directory.GetFiles(Repository.PathOf(services["api"]["project"].ToString()), "*.csproj"));
        Assert.Equal("containerapp", services["supervisor"]["host"].ToString());
        Assert.True(File.Exists(Repository.PathOf(Path.Combine(services["supervisor"]["project"].ToString(), services["supervisor"]["docker"]["path"].ToString()))));
        Assert.True(File.Exists(Repository.PathOf($"{azure["infra"]["path"]}/{azure["infra"]["module"]}.bicep")));
        foreach (var service in services.Children.Keys)
        {
            Assert.Contains(Repository.Below("infra", "*.bicep"), file => Repository.Read(file).Contains($"'azd-service-name': '{service}'", StringComparison.Ordinal));
        }

        foreach (var system in ((YamlMappingNode)azure["hooks"]).Children.Values.SelectMany(hook => ((YamlMappingNode)hook).Children.Values))
        {
            Assert.True(File.Exists(Repository.PathOf(system["run"].ToString())));
        }

        // What hooks and the project look for is what the templates put out.
        var outputs = Repository.Read("infra/main.bicep");
        Assert.All((string[])["AZURE_VAULT_NAME", "AZURE_CONTAINER_REGISTRY_ENDPOINT", "AZURE_RESOURCE_GROUP"], name => Assert.Contains($"output {name} string", outputs, StringComparison.Ordinal));
    }

    private static bool MayBeRun(string script) => OperatingSystem.IsWindows() || File.GetUnixFileMode(Repository.PathOf(script)).HasFlag(UnixFileMode.UserExecute);

    private static YamlMappingNode Parse(string file)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(Repository.Read(file)));
        return (YamlMappingNode)yaml.Documents.Single().RootNode;
    }

    private static IEnumerable<(string Name, YamlMappingNode Job)> Jobs(YamlMappingNode workflow) =>
        ((YamlMappingNode)workflow["jobs"]).Children.Select(job => (job.Key.ToString(), (YamlMappingNode)job.Value));

    private static IEnumerable<YamlMappingNode> Steps(YamlMappingNode workflow) =>
        Jobs(workflow).SelectMany(job => ((YamlSequenceNode)job.Job["steps"]).Children.Cast<YamlMappingNode>());

    private static IEnumerable<string> Pairs(YamlMappingNode node) => node.Children.Select(pair => $"{pair.Key}: {pair.Value}");

    private static IEnumerable<string> Texts(YamlNode node) => node switch
    {
        YamlScalarNode { Value: { } text } => [text],
        YamlMappingNode map => map.Children.Values.SelectMany(Texts),
        YamlSequenceNode list => list.Children.SelectMany(Texts),
        _ => [],
    };

    [GeneratedRegex(@"(?<=^|\s|=)(\./)?(?<path>(eng|infra|tests|functions|supervisor-host)/[\w./-]+|test|run|global\.json|RootCx\.Functions\.sln)(?=$|\s)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Paths();

    [GeneratedRegex(@"-namespace (?<name>[\w.]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Namespaces();
}
