using System.Text.Json;
using System.Text.RegularExpressions;
using RootCx.SupervisorHost.Hosting;

namespace RootCx.Tests.Infra;

public sealed partial class DockerfileTests
{
    private static readonly Dockerfile Image = Dockerfile.Read();

    [Fact]
    public void Its_bases_are_pinned_to_the_versions_that_the_project_is_for()
    {
        var bases = Image.Instructions.Where(one => one.Name == "FROM").Select(one => one.Arguments.Split(' ')[0]).ToList();
        Assert.All(bases, name => Assert.Matches(@":\d+[\w.-]*$", name));
        var framework = Framework().Match(Repository.Read("Directory.Build.props")).Groups["version"].Value;
        Assert.Equal([$"sdk:{framework}-noble", $"aspnet:{framework}-noble"], bases.Where(name => name.Contains("/dotnet/", StringComparison.Ordinal)).Select(name => name.Split('/')[^1]));
        var node = bases.Single(name => name.StartsWith("node:", StringComparison.Ordinal));
        using var package = JsonDocument.Parse(Repository.Read("package.json"));
        Assert.True(int.Parse(node[5..7], null) >= int.Parse(package.RootElement.GetProperty("engines").GetProperty("node").GetString()!.TrimStart('>', '='), null));
    }

    [Fact]
    public void Its_Bun_is_the_one_that_the_lock_file_pins()
    {
        using var package = JsonDocument.Parse(Repository.Read("package.json"));
        using var locked = JsonDocument.Parse(Repository.Read("package-lock.json"));
        var wanted = package.RootElement.GetProperty("dependencies").GetProperty("bun").GetString();
        var bun = locked.RootElement.GetProperty("packages").GetProperty("node_modules/bun");
        Assert.Equal(wanted, bun.GetProperty("version").GetString());
        Assert.StartsWith("sha512-", bun.GetProperty("integrity").GetString(), StringComparison.Ordinal);

        // Nothing but the lock file says a version, and what it installs is what gets into the image.
        var text = Repository.Read(Dockerfile.File);
        Assert.DoesNotMatch(@"bun[@:]|BUN_VERSION", text);
        Assert.Contains(("COPY", "package.json package-lock.json ./"), Image.Instructions);
        Assert.Contains(Image.Instructions, one => one.Name == "RUN" && one.Arguments.StartsWith("npm ci --ignore-scripts", StringComparison.Ordinal));
        Assert.Contains(Image.Of("COPY"), copy => copy.StartsWith("--from=bun ", StringComparison.Ordinal) && copy.EndsWith($" {Image.Variables["Workers__BunPath"]}", StringComparison.Ordinal));
        Assert.True(File.Exists(Repository.PathOf("node_modules/bun/bin/bun.exe")), "eng/finish-install.mjs puts Bun elsewhere now");
    }

    [Fact]
    public void It_runs_the_supervisor_itself_and_not_as_root()
    {
        Assert.Equal(["dotnet", $"{typeof(SupervisorOptions).Assembly.GetName().Name}.dll"], Image.EntryPoint);
        Assert.NotEqual(0u, Image.User);
        Assert.Equal("$RUN_AS", Image.Of("USER").Single());
        Assert.Equal("SIGTERM", Image.Of("STOPSIGNAL").Single());
    }

    [Fact]
    public void One_port_is_exposed_checked_and_probed()
    {
        var port = Image.Variables["ASPNETCORE_HTTP_PORTS"];
        Assert.Equal(port, Image.Of("EXPOSE").Single());
        Assert.Contains("$ASPNETCORE_HTTP_PORTS", Image.HealthCheck[^1], StringComparison.Ordinal);
        Assert.Contains($"var port = {port}\n", Repository.Read("infra/modules/supervisor.bicep"), StringComparison.Ordinal);
        Assert.Contains($"var work = '{Image.Variables["TMPDIR"]}'\n", Repository.Read("infra/modules/supervisor.bicep"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_it_copies_is_there_and_reaches_the_builder()
    {
        var sent = Repository.Read(".dockerignore").Split('\n').Where(line => line.StartsWith('!')).Select(line => line[1..]).ToList();
        var copied =
            from one in Image.Instructions
            where one.Name == "COPY" && !one.Arguments.StartsWith("--from", StringComparison.Ordinal)
            from path in one.Arguments.Split(' ')[..^1]
            select path;
        Assert.All(copied, path =>
        {
            Assert.True(Path.Exists(Repository.PathOf(path)), $"{path} is not there");
            Assert.True(sent.Exists(entry => path == entry || path.StartsWith($"{entry}/", StringComparison.Ordinal)), $"{path} is ignored");
        });
    }

    [GeneratedRegex(@"<TargetFramework>net(?<version>[\d.]+)<", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Framework();
}
