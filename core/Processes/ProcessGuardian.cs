using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace RootCx.Core.Processes;

/// <summary>
/// Ends the process groups we started should this process be killed without a chance to do so itself. It is a tiny shell in a session of its own
/// that reads which groups there are from a pipe that only this process holds; the end of that pipe is the news of our death. .NET opens its
/// pipes so that no child inherits them.
/// </summary>
/// <remarks>Safe for concurrent use. Should somebody kill the guardian, a new one takes over.</remarks>
public sealed class ProcessGuardian : IAsyncDisposable
{
    private const string Script = """
        trap '' HUP INT QUIT TERM
        exec >/dev/null 2>&1
        # A process that has only just begun has not founded its group yet.
        tell() { kill -s "$1" -- "-$2" || kill -s "$1" -- "$2"; }
        ticks=$1 groups=
        while read -r line; do
          group=${line#?}
          case $line in
            +*) groups="$groups $group" ;;
            -*) kept=
                for one in $groups; do [ "${one%:*}" = "$group" ] || kept="$kept $one"; done
                groups=$kept ;;
          esac
        done
        for one in $groups; do tell "${one#*:}" "${one%:*}"; done
        while [ -n "$groups" ]; do
          kept=
          for one in $groups; do
            if tell 0 "${one%:*}"; then kept="$kept $one"; fi
          done
          groups=$kept
          [ "$ticks" -gt 0 ] || break
          ticks=$((ticks - 1))
          [ -z "$groups" ] || sleep 0.1 || sleep 1
        done
        for one in $groups; do tell KILL "${one%:*}"; done
        """;

    private static readonly TimeSpan DefaultGrace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<int, UnixSignal> _groups = new();
    private readonly Lock _lock = new();
    private readonly TimeSpan _grace;
    private Process _shell;
    private volatile bool _disposed;

    /// <summary>Starts the guardian.</summary>
    /// <param name="grace">Time between the polite signal and SIGKILL; 5 s when null.</param>
    /// <exception cref="InvalidOperationException">This machine lacks a tool that is needed for it.</exception>
    public ProcessGuardian(TimeSpan? grace = null)
    {
        _grace = grace ?? DefaultGrace;
        _shell = StartShell();
    }

    /// <summary>Puts a process group under guard.</summary>
    /// <param name="groupId">The group.</param>
    /// <param name="signal">What it gets first.</param>
    /// <exception cref="ObjectDisposedException">It guards no more.</exception>
    public void Add(int groupId, UnixSignal signal = UnixSignal.Terminate)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(groupId, 2);
        _groups[groupId] = signal;
        ObjectDisposedException.ThrowIf(_disposed, this);
        Tell(Announcement(groupId, signal));
    }

    /// <summary>Takes a group out again: it has ended, and its id may soon belong to somebody else.</summary>
    public void Remove(int groupId)
    {
        _groups.TryRemove(groupId, out _);
        Tell(string.Create(CultureInfo.InvariantCulture, $"-{groupId}\n"));
    }

    /// <summary>Ends the groups that are still under guard, as our death would, and waits for it.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            _shell.StandardInput.Close();
        }

        await _shell.WaitForExitAsync().WaitAsync(_grace * 2).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _shell.Dispose();
    }

    private static string Announcement(int groupId, UnixSignal signal) =>
        string.Create(CultureInfo.InvariantCulture, $"+{groupId}:{(signal == UnixSignal.Quit ? "QUIT" : signal == UnixSignal.Interrupt ? "INT" : "TERM")}\n");

    private void Tell(string line)
    {
        lock (_lock)
        {
            if (_disposed || TryWrite(line))
            {
                return;
            }

            _shell.Dispose();
            _shell = StartShell();
            TryWrite(string.Concat(_groups.Select(group => Announcement(group.Key, group.Value))));
        }
    }

    private bool TryWrite(string lines)
    {
        try
        {
            _shell.StandardInput.Write(lines);
            _shell.StandardInput.Flush();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private Process StartShell()
    {
        var ticks = ((int)(_grace / Tick)).ToString(CultureInfo.InvariantCulture);
        string[] command = [.. UnixTools.OwnSessionPrefix, "/bin/sh", "-c", Script, "guardian", ticks];
        var info = new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        info.Environment.Clear(); // other processes of this user can read it, and ours holds keys
        info.Environment["PATH"] = UnixTools.UsualFolders;
        return Process.Start(info) ?? throw new InvalidOperationException("the guardian shell did not start");
    }
}
