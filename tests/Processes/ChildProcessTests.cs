using System.Collections.Concurrent;
using System.Text;
using RootCx.Core.Processes;

namespace RootCx.Tests.Processes;

public sealed class ChildProcessTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ProcessGuardian _guardian = new();
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _error = new();

    public ValueTask DisposeAsync() => _guardian.DisposeAsync();

    [Fact]
    public async Task Lines_of_both_outputs_arrive_in_order_before_the_exit_does()
    {
        using var child = Shell("echo one; echo two; printf three; echo oops >&2; exit 7");

        var exit = await child.Exited.WaitAsync(Patience, TestContext.Current.CancellationToken);

        Assert.Equal((7, null), (exit.ExitCode, exit.Signal));
        Assert.Equal(["one", "two", "three"], _output);
        Assert.Equal(["oops"], _error);
    }

    [Fact]
    public async Task A_signal_is_told_by_name()
    {
        using var child = Shell("kill -KILL $$");

        var exit = await child.Exited.WaitAsync(Patience, TestContext.Current.CancellationToken);

        Assert.Equal("signal SIGKILL", exit.ToString());
    }

    [Fact]
    public async Task A_missing_program_is_exit_code_127()
    {
        using var child = ChildProcess.Start(Plain("/nowhere/program"), _guardian);

        Assert.Equal(127, (await child.Exited.WaitAsync(Patience, TestContext.Current.CancellationToken)).ExitCode);
    }

    [Fact]
    public async Task The_environment_is_exactly_the_given_one()
    {
        var start = Plain(UnixTools.Find("env")!) with { Environment = new Dictionary<string, string> { ["ROOTCX_APP_ID"] = "a b", ["PATH"] = "/usr/bin:/bin" } };
        using var child = ChildProcess.Start(start, _guardian);

        await child.Exited.WaitAsync(Patience, TestContext.Current.CancellationToken);

        // "_" is the shell's own on systems whose /bin/sh is bash.
        Assert.Equal(["PATH=/usr/bin:/bin", "ROOTCX_APP_ID=a b"], _output.Where(line => !line.StartsWith("_=", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_endless_line_is_cut_and_the_next_one_is_whole()
    {
        var start = Plain("/bin/sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; echo; echo end") with { MaxLineLength = 1000 };
        using var child = ChildProcess.Start(start, _guardian);

        await child.Exited.WaitAsync(Patience, TestContext.Current.CancellationToken);

        Assert.Equal([new string('x', 1000), "end"], _output);
    }

    [Fact]
    public async Task What_a_process_started_ends_with_it()
    {
        using var child = Shell("sleep 600 & echo $!");

        await child.Exited.WaitAsync(Patience, TestContext.Current.CancellationToken);

        var grandchild = int.Parse(_output.Single());
        await Launcher.LauncherProcess.EventuallyAsync(() => !Launcher.LauncherProcess.IsAlive(grandchild));
    }

    [Fact]
    public async Task Input_goes_through_when_it_is_kept_and_is_empty_otherwise()
    {
        using var kept = ChildProcess.Start(Plain("/bin/cat") with { KeepStandardInput = true }, _guardian);
        await kept.StandardInput.WriteAsync(Encoding.UTF8.GetBytes("hello\n"), TestContext.Current.CancellationToken);
        kept.StandardInput.Close();
        await kept.Exited.WaitAsync(Patience, TestContext.Current.CancellationToken);
        using var empty = ChildProcess.Start(Plain("/bin/cat"), _guardian);
        await empty.Exited.WaitAsync(Patience, TestContext.Current.CancellationToken);

        Assert.Equal(["hello"], _output);
    }

    [Fact]
    public async Task A_process_that_does_not_stop_in_time_is_killed()
    {
        using var child = Shell("trap '' TERM; echo ready; while :; do sleep 0.1; done");
        await Launcher.LauncherProcess.EventuallyAsync(() => _output.Contains("ready"));

        var exit = await child.StopAsync(UnixSignal.Terminate, TimeSpan.FromMilliseconds(200), CancellationToken.None);

        Assert.Equal("SIGKILL", exit.Signal);
    }

    [Fact]
    public async Task The_end_of_the_guardian_ends_what_it_guards()
    {
        var guardian = new ProcessGuardian(TimeSpan.FromMilliseconds(300));
        using var polite = ChildProcess.Start(Plain("/bin/sleep", "600"), guardian);
        using var stubborn = ChildProcess.Start(Plain("/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"), guardian);
        await Launcher.LauncherProcess.EventuallyAsync(() => _output.Contains("ready"));

        await guardian.DisposeAsync();

        Assert.Equal("SIGTERM", (await polite.Exited.WaitAsync(Patience, TestContext.Current.CancellationToken)).Signal);
        Assert.Equal("SIGKILL", (await stubborn.Exited.WaitAsync(Patience, TestContext.Current.CancellationToken)).Signal);
    }

    [Fact]
    public async Task A_process_that_has_hardly_begun_is_ended_too()
    {
        var guardian = new ProcessGuardian();
        using var guarded = ChildProcess.Start(Plain("/bin/sleep", "600"), guardian);
        await guardian.DisposeAsync();
        using var killed = ChildProcess.Start(Plain("/bin/sleep", "600"), _guardian);
        killed.Signal(UnixSignal.Kill);

        Assert.Equal("SIGTERM", (await guarded.Exited.WaitAsync(Patience, TestContext.Current.CancellationToken)).Signal);
        Assert.Equal("SIGKILL", (await killed.Exited.WaitAsync(Patience, TestContext.Current.CancellationToken)).Signal);
    }

    [Fact]
    public async Task A_group_that_was_taken_out_is_let_alone()
    {
        var guardian = new ProcessGuardian(TimeSpan.FromMilliseconds(100));
        using var child = ChildProcess.Start(Plain("/bin/sleep", "600"), guardian);
        guardian.Remove(child.Id);

        await guardian.DisposeAsync();

        Assert.False(child.Exited.IsCompleted);
    }

    private static Dictionary<string, string> Path => new() { ["PATH"] = "/usr/bin:/bin" };

    private ChildProcess Shell(string script) => ChildProcess.Start(Plain("/bin/sh", "-c", script), _guardian);

    private ProcessStart Plain(string program, params string[] arguments) =>
        new(program, arguments) { Environment = Path, OnOutput = _output.Enqueue, OnError = _error.Enqueue };

    [Fact]
    public async Task Nothing_is_started_that_nobody_guards_any_more()
    {
        var guardian = new ProcessGuardian();
        await guardian.DisposeAsync();
        var marker = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"rootcx-{Guid.NewGuid():n}");

        Assert.Throws<ObjectDisposedException>(void () => ChildProcess.Start(new ProcessStart("/bin/sh", ["-c", $"touch {marker}; sleep 60"]), guardian));
        Assert.False(File.Exists(marker));
    }
}
