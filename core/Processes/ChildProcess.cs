using System.Diagnostics;

namespace RootCx.Core.Processes;

/// <summary>
/// A running process that founded its own process group. Whatever is left of the group is killed when the process itself ends, and by the
/// <see cref="ProcessGuardian"/> when this process ends first.
/// </summary>
public sealed class ChildProcess : IDisposable
{
    // How long output may still arrive after the exit: a process that left the group can hold the pipes open for ever.
    private static readonly TimeSpan OutputDrain = TimeSpan.FromMilliseconds(500);

    // Waits for our word, so that the guardian knows the group before anything of the program runs. Then it leaves nothing of itself behind:
    // the shell's own variables go, and exec keeps the process id. An end of input instead of the word means that we died in between.
    private const string Gate = """
        read -r go || exit 125
        log=$1 input=$2
        shift 2
        unset PWD OLDPWD SHLVL go
        [ -z "$log" ] || exec >>"$log" 2>&1
        [ -n "$input" ] || exec </dev/null
        exec "$@"
        """;

    private readonly Process _process;

    private ChildProcess(Process process, ProcessStart start, ProcessGuardian guardian)
    {
        _process = process;
        Id = process.Id;
        var output = LinePump.RunAsync(process.StandardOutput.BaseStream, start.OnOutput, start.MaxLineLength);
        var error = LinePump.RunAsync(process.StandardError.BaseStream, start.OnError ?? start.OnOutput, start.MaxLineLength);
        Exited = WatchAsync(Task.WhenAll(output, error), guardian);
    }

    /// <summary>The process id, which is also the id of its process group.</summary>
    public int Id { get; }

    /// <summary>Completes, never faults, when the process has ended and its output has been handed on.</summary>
    public Task<ProcessExit> Exited { get; }

    /// <summary>The writing end of its standard input. Writing to a process that is gone throws <see cref="IOException"/>.</summary>
    public Stream StandardInput => _process.StandardInput.BaseStream;

    /// <summary>Starts a process.</summary>
    /// <param name="start">What to run, and how.</param>
    /// <param name="guardian">Who ends the process should we be killed.</param>
    /// <exception cref="InvalidOperationException">This machine lacks a tool that is needed for it.</exception>
    /// <exception cref="System.ComponentModel.Win32Exception">The system can't start another process, or the working folder is missing.</exception>
    public static ChildProcess Start(ProcessStart start, ProcessGuardian guardian)
    {
        string[] command =
        [
            .. UnixTools.OwnSessionPrefix,
            "/bin/sh", "-c", Gate, "sh", start.LogFile ?? "", start.KeepStandardInput ? "keep" : "",
            .. start.User?.Prefix() ?? [],
            start.FileName,
            .. start.Arguments,
        ];
        var info = new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = start.WorkingDirectory ?? "",
        };
        info.Environment.Clear();
        foreach (var (name, value) in start.Environment)
        {
            info.Environment[name] = value;
        }

        var process = Process.Start(info) ?? throw new InvalidOperationException($"{start.FileName} did not start");
        try
        {
            guardian.Add(process.Id, start.GuardianSignal);
        }
        catch (ObjectDisposedException)
        {
            process.Kill(); // it waits at the gate and has not begun
            process.Dispose();
            throw;
        }

        var child = new ChildProcess(process, start, guardian);
        child.OpenGate(start.KeepStandardInput);
        return child;
    }

    /// <summary>Signals the whole group; nothing happens when it is gone.</summary>
    public void Signal(UnixSignal signal)
    {
        // A process that has only just begun has not founded its group yet.
        if (!ProcessSignals.SendToGroup(Id, signal) && !Exited.IsCompleted)
        {
            ProcessSignals.Send(Id, signal);
        }
    }

    /// <summary>Asks the process to end and kills its group when it does not.</summary>
    /// <param name="signal">How to ask; only the process itself is asked, not what it started.</param>
    /// <param name="grace">How long it may take.</param>
    /// <param name="hurry">Ends the grace early.</param>
    public async Task<ProcessExit> StopAsync(UnixSignal signal, TimeSpan grace, CancellationToken hurry)
    {
        if (!Exited.IsCompleted)
        {
            ProcessSignals.Send(Id, signal);
            Task waited = Exited.WaitAsync(grace, hurry);
            await waited.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!waited.IsCompletedSuccessfully)
            {
                Signal(UnixSignal.Kill);
            }
        }

        return await Exited;
    }

    /// <summary>Kills the group when it still runs, and lets go of the pipes.</summary>
    public void Dispose()
    {
        if (Exited.IsCompleted)
        {
            _process.Dispose();
            return;
        }

        // Disposed of now, the exit would never be heard of, and the guardian would go on guarding a group that may soon be somebody else's.
        Signal(UnixSignal.Kill);
        _ = Exited.ContinueWith(_ => _process.Dispose(), TaskScheduler.Default);
    }

    private void OpenGate(bool keepInput)
    {
        try
        {
            StandardInput.Write("\n"u8);
            StandardInput.Flush();
            if (!keepInput)
            {
                StandardInput.Close();
            }
        }
        catch (IOException)
        {
            // It ended before it began; Exited tells.
        }
    }

    private async Task<ProcessExit> WatchAsync(Task output, ProcessGuardian guardian)
    {
        await _process.WaitForExitAsync();
        ProcessSignals.SendToGroup(Id, UnixSignal.Kill);
        guardian.Remove(Id);
        await output.WaitAsync(OutputDrain).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return new ProcessExit(_process.ExitCode);
    }
}
