using System.Buffers;
using System.Text.Json;
using RootCx.Core.Auth;
using RootCx.Core.Channels;
using RootCx.Core.Logs;
using RootCx.Core.Processes;

namespace RootCx.SupervisorHost.Workers;

/// <summary>How far a worker came.</summary>
public enum WorkerReadiness
{
    /// <summary>It called <c>serve</c> and its <c>onStart</c> has settled, or it lives on without <c>serve</c>.</summary>
    Ready,

    /// <summary>It ended first.</summary>
    Exited,

    /// <summary>Neither within the time for a start.</summary>
    TimedOut,
}

/// <summary>
/// One Bun process that runs one version of one app: started, connected, called, stopped. It never starts again; its owner makes a new one.
/// Nothing that the process sends is trusted: an answer only counts for a call that is open.
/// </summary>
public sealed class WorkerProcess
{
    private const int TailLines = 20;

    private readonly PendingCalls _calls = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<string> _tail = new();
    private readonly Action<string, string> _log;
    private readonly WorkerOptions _options;
    private readonly TimeProvider _time;
    private readonly ChildProcess _process;
    private readonly long _startedAt;
    private volatile WorkerConnection? _connection;
    private volatile bool _served;
    private volatile bool _closing;

    internal WorkerProcess(
        AppVersion version, WorkerIdentity identity, WorkerLauncher launcher, WorkerSocket socket, Action<string, string> log, WorkerOptions options, TimeProvider time)
    {
        Version = version;
        _log = log;
        _options = options;
        _time = time;
        _startedAt = time.GetTimestamp();
        _process = launcher.Start(version, socket.Folder, line => Output(LogLevels.StandardOutput, line), line => Output(LogLevels.StandardError, line));
        Exited = RunAsync(socket, identity);
    }

    /// <summary>What it runs.</summary>
    public AppVersion Version { get; }

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>How long ago it was started.</summary>
    public TimeSpan Uptime => _time.GetElapsedTime(_startedAt);

    /// <summary>Calls it has not answered.</summary>
    public int CallsInFlight => _calls.Count;

    /// <summary>Completes, never faults, once the process is gone and its open calls are answered.</summary>
    public Task<ProcessExit> Exited { get; }

    /// <summary>The last lines it wrote to standard error, or else to standard output.</summary>
    public string Tail
    {
        get
        {
            lock (_tail)
            {
                return string.Join('\n', _tail);
            }
        }
    }

    /// <summary>Waits until it can take calls, or it is clear that it won't.</summary>
    public async Task<WorkerReadiness> WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var rawGrace = Task.Delay(_options.RawGrace, _time, ended.Token);
        var timeout = Task.Delay(_options.StartTimeout, _time, ended.Token);
        var first = await Task.WhenAny(_ready.Task, Exited, rawGrace);
        if (first == rawGrace && _served)
        {
            first = await Task.WhenAny(_ready.Task, Exited, timeout);
        }

        cancellationToken.ThrowIfCancellationRequested();
        await ended.CancelAsync();
        return first == timeout ? WorkerReadiness.TimedOut : first == Exited ? WorkerReadiness.Exited : WorkerReadiness.Ready;
    }

    /// <summary>Calls a handler. Null when the process takes no more calls: then this one was not sent.</summary>
    /// <param name="method">The handler.</param>
    /// <param name="parameters">Compact JSON.</param>
    /// <param name="caller">Who calls, or null.</param>
    /// <param name="cancellationToken">Nobody waits for the answer any more; the handler runs on.</param>
    public async Task<RpcOutcome?> CallAsync(string method, ReadOnlyMemory<byte> parameters, Caller? caller, CancellationToken cancellationToken)
    {
        if (_connection is not { } connection || _closing)
        {
            return null;
        }

        var (id, outcome) = _calls.Open();
        if (_closing)
        {
            _calls.Forget(id);
            return null;
        }

        connection.Send(WorkerMessages.Rpc(id, method, parameters, caller));
        try
        {
            return await outcome.WaitAsync(cancellationToken);
        }
        finally
        {
            _calls.Forget(id);
        }
    }

    /// <summary>Lets it finish its calls, tells it to end, and kills it and what it started if it does not. Each of the two waits is bounded by the grace.</summary>
    /// <param name="drain">Whether calls in flight may finish; otherwise they fail at once.</param>
    public async Task<ProcessExit> StopAsync(bool drain)
    {
        if (drain)
        {
            var begun = _time.GetTimestamp();
            while (_calls.Count > 0 && !Exited.IsCompleted && _time.GetElapsedTime(begun) < _options.StopGrace)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), _time);
            }
        }

        _closing = true;
        _calls.AnswerAll(RpcOutcome.Failure("worker error: worker stopped", RpcErrors.NotRunning));
        _connection?.Send(WorkerMessages.Shutdown());
        if (_connection is null || await Task.WhenAny(Exited, Task.Delay(_options.StopGrace, _time)) != Exited)
        {
            Kill();
        }

        return await Exited;
    }

    /// <summary>Kills it and everything it started.</summary>
    public void Kill() => _process.Signal(UnixSignal.Kill);

    private async Task<ProcessExit> RunAsync(WorkerSocket socket, WorkerIdentity identity)
    {
        await using (socket)
        {
            var connecting = ConnectAsync(socket, identity);
            var exit = await _process.Exited;
            _closing = true;
            socket.StopListening();
            await connecting;
            if (_connection is { } connection)
            {
                // What it said last may still be on the way: an answer that was given counts.
                await connection.Closed.WaitAsync(TimeSpan.FromSeconds(1), _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await connection.DisposeAsync();
            }

            _calls.AnswerAll(Lost($"ended ({exit}) before it answered"));
            _process.Dispose();
            return exit;
        }
    }

    private async Task ConnectAsync(WorkerSocket socket, WorkerIdentity identity)
    {
        if (await socket.AcceptAsync(_process.Id) is not { } accepted)
        {
            return;
        }

        var connection = new WorkerConnection(
            accepted, Received, () => _log(LogLevels.System, $"message over {_options.MessageBytes} bytes dropped"), _options.MessageBytes);
        connection.Send(WorkerMessages.Discover(identity));
        _connection = connection;
        _ = KillWhenClosedAsync(connection);
    }

    // A worker that hangs up but stays can't be reached any more, and can't be told so.
    private async Task KillWhenClosedAsync(WorkerConnection connection)
    {
        await connection.Closed;
        if (!_closing && await Task.WhenAny(_process.Exited, Task.Delay(TimeSpan.FromSeconds(1), _time)) != _process.Exited)
        {
            Kill();
        }
    }

    private void Received(ReadOnlySequence<byte> line)
    {
        try
        {
            using var message = JsonDocument.Parse(line);
            Handle(message.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            _log(LogLevels.System, "malformed message from the worker dropped");
        }
    }

    private void Handle(JsonElement message)
    {
        switch (message.GetProperty("type").GetString())
        {
            case "discover":
                _served = true;
                break;
            case "ready":
                _ready.TrySetResult();
                break;
            case "rpc_response":
                _calls.TryAnswer(message.GetProperty("id").GetString() ?? "", WorkerAnswer.Read(message));
                break;
            case "log":
                Output(message.GetProperty("level").GetString() ?? "info", message.GetProperty("message").GetString() ?? "");
                break;
            case "event":
                _log(LogLevels.Event, $"{message.GetProperty("name").GetString()}: {message.GetProperty("data").GetRawText()}");
                break;
            default:
                throw new JsonException("unknown message type");
        }
    }

    private void Output(string level, string line)
    {
        if (level is LogLevels.StandardError or "error")
        {
            lock (_tail)
            {
                _tail.Enqueue(LogText.Fit(line, 1024));
                if (_tail.Count > TailLines)
                {
                    _tail.Dequeue();
                }
            }
        }

        _log(level, line);
    }

    private static RpcOutcome Lost(string what) => RpcOutcome.Failure($"worker error: worker {what}", RpcErrors.WorkerLost);
}
