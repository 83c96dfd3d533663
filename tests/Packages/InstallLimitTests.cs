using System.Globalization;
using Npgsql;
using RootCx.Core.Logs;
using RootCx.Core.Processes;
using RootCx.SupervisorHost.Deployments;
using RootCx.SupervisorHost.Packages;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Packages;

/// <summary>Installs that would take more than their share.</summary>
public sealed class InstallLimitTests(PlatformStack stack)
{
    // Ignores the polite signal, and so does what it left in the background.
    private const string Stubborn = """trap '' TERM HUP INT; sh -c "trap '' TERM; echo \$\$ > child.pid; while :; do sleep 1; done" & echo $$ > own.pid; wait""";

    [Fact]
    public async Task An_install_that_takes_too_long_ends_with_all_that_it_started()
    {
        await using var parts = await InstallParts.StartAsync(stack, "http://127.0.0.1:9/", deployments: options => options.InstallTimeout = TimeSpan.FromSeconds(4));
        var appId = App.NewId();
        var folder = parts.Unpacked(appId, Running(Stubborn));

        var refusal = await Assert.ThrowsAsync<DeploymentFailedException>(() => parts.InstallAsync(appId, folder));
        Assert.StartsWith("bun install took longer than 4 s", refusal.Message, StringComparison.Ordinal);
        await AssertGoneAsync(folder);
    }

    [Fact]
    public async Task An_install_ends_with_the_supervisor()
    {
        await using var parts = await InstallParts.StartAsync(stack, "http://127.0.0.1:9/");
        var appId = App.NewId();
        var folder = parts.Unpacked(appId, Running(Stubborn));
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        var install = parts.Get<PackageInstaller>().InstallAsync(appId, folder, isFrozen: false, stopping.Token);
        await Eventually.TrueAsync(() => File.Exists(Path.Combine(folder, "own.pid")) && File.Exists(Path.Combine(folder, "child.pid")), "the script did not begin");
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => install);
        await AssertGoneAsync(folder);
    }

    [Fact]
    public async Task An_install_that_writes_too_much_is_ended()
    {
        await using var parts = await InstallParts.StartAsync(stack, "http://127.0.0.1:9/", options => options.InstallBytes = 1024 * 1024);

        var error = await parts.RefusedAsync(Running("while :; do head -c 65536 /dev/zero >> large; sleep 0.01; done"));
        Assert.StartsWith("bun install wrote more than 1048576 bytes (Packages:InstallBytes)", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("head -c 2000000 /dev/zero > large")]
    [InlineData("""head -c 2000000 /dev/zero > "$HOME/large" """)]
    [InlineData("mkdir many; cd many; i=0; while [ $i -lt 300 ]; do : > $i; i=$((i + 1)); done")]
    public async Task An_install_that_wrote_too_much_is_refused(string script)
    {
        await using var parts = await InstallParts.StartAsync(stack, "http://127.0.0.1:9/", options => options.InstallBytes = 1024 * 1024);

        Assert.StartsWith("bun install wrote more than 1048576 bytes", await parts.RefusedAsync(Running(script)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_home_that_has_grown_over_the_limit_is_begun_anew()
    {
        await using var parts = await InstallParts.StartAsync(stack, "http://127.0.0.1:9/", options => options.InstallBytes = 1024 * 1024);
        var appId = App.NewId();
        var home = Path.Combine(parts.Folders.Packages, appId);
        var script = Running("""head -c 600000 /dev/zero > "$HOME/$$" """);

        await parts.InstallAsync(appId, parts.Unpacked(appId, script));
        Assert.Single(Directory.GetFiles(home));
        await parts.InstallAsync(appId, parts.Unpacked(appId, script));
        Assert.False(Directory.Exists(home));
        await parts.InstallAsync(appId, parts.Unpacked(appId, script));
        Assert.Single(Directory.GetFiles(home));
    }

    [Fact]
    public async Task The_log_has_the_beginning_of_what_is_said_and_the_error_its_end()
    {
        await using var parts = await InstallParts.StartAsync(stack, "http://127.0.0.1:9/");
        var appId = App.NewId();
        var folder = parts.Unpacked(appId, Running("i=0; while [ $i -lt 3000 ]; do i=$((i + 1)); echo line $i; done; exit 3"));

        var refusal = await Assert.ThrowsAsync<DeploymentFailedException>(() => parts.InstallAsync(appId, folder));
        Assert.Contains("line 3000\n", refusal.Message + '\n', StringComparison.Ordinal); // what Bun says of it comes from another stream, before or after
        Assert.DoesNotContain("line 2900\n", refusal.Message, StringComparison.Ordinal);

        var logged = await LoggedAsync(parts, appId);
        Assert.Equal(201, logged.Count);
        Assert.All(logged, line => Assert.Equal("system", line.Level));
        Assert.Single(logged, line => line.Message == "bun install: line 100");
        Assert.Single(logged, line => line.Message == "bun install: (further output left out)");
    }

    [Fact]
    public async Task Long_lines_are_cut_and_their_sum_is_bounded()
    {
        await using var parts = await InstallParts.StartAsync(stack, "http://127.0.0.1:9/");
        var appId = App.NewId();
        var folder = parts.Unpacked(
            appId, Running("i=0; while [ $i -lt 150 ]; do i=$((i + 1)); head -c 5000 /dev/zero | tr '\\0' x; echo; done; head -c 3000000 /dev/zero | tr '\\0' y; exit 3"));

        var refusal = await Assert.ThrowsAsync<DeploymentFailedException>(() => parts.InstallAsync(appId, folder));
        Assert.InRange(refusal.Message.Length, 10_000, 21 * 1024);

        var logged = await LoggedAsync(parts, appId);
        Assert.All(logged, line => Assert.InRange(line.Message.Length, 1, 1100));
        Assert.InRange(logged.Sum(line => line.Message.Length), 32 * 1024, 80 * 1024);
        Assert.Contains(logged, line => line.Message.EndsWith("x… (truncated)", StringComparison.Ordinal));
    }

    // Bun would read the script with a shell of its own.
    private static (string Path, string Content)[] Running(string script) =>
        [("package.json", """{"name":"x","scripts":{"postinstall":"sh ./script.sh"}}"""), ("script.sh", script)];

    private static async Task<IReadOnlyList<LogEntry>> LoggedAsync(InstallParts parts, string appId)
    {
        var reader = new LogReader(parts.Get<NpgsqlDataSource>());
        IReadOnlyList<LogEntry> logged = [];
        await Eventually.TrueAsync(
            async () =>
            {
                logged = await reader.AfterAsync(appId, 0, TestContext.Current.CancellationToken);
                return logged.Any(line => line.Message.EndsWith("(further output left out)", StringComparison.Ordinal));
            },
            "nothing was left out");
        return logged;
    }

    private static async Task AssertGoneAsync(string folder)
    {
        foreach (var file in new[] { "own.pid", "child.pid" })
        {
            var pid = int.Parse(await File.ReadAllTextAsync(Path.Combine(folder, file), TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
            await Eventually.TrueAsync(() => !ProcessSignals.Send(pid, UnixSignal.None), $"{file} still runs");
        }
    }
}
