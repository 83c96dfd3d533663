using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using RootCx.Core.Auth;
using RootCx.Core.Channels;
using RootCx.Core.Logs;
using RootCx.Core.Processes;
using RootCx.Core.Telemetry;

namespace RootCx.SupervisorHost.Workers;

/// <summary>
/// One Bun process that runs one version of one app: started, connected, called, watched, stopped. It never starts again; its owner makes a new one.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "It lets go of what it owns when the process has ended, and nobody else knows when that is.")]
public sealed class WorkerProcess
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    private readonly WorkerConversation _conversation;
    private readonly WorkerOperations _operations;
    private readonly WorkerOutput _output;
    private readonly LineWriter _standardInput;
    private readonly WorkerIdentity _identity;
    private readonly MemoryWatch _memory;
    private readonly Action<string, string> _log;
    private readonly WorkerOptions _options;
    private readonly TimeProvider _time;
    private readonly ChildProcess _process;
    private readonly CancellationTokenSource _ending = new();
    private readonly long _startedAt;

    internal WorkerProcess(AppVersion version, WorkerIdentity identity, WorkerLauncher launcher, WorkerSocket socket, WorkerOperations operations, MemoryWatch memory, Action<string, string> log, WorkerOptions options, TimeProvider time)
    {
        Version = version;
        _identity = identity;
        _log = log;
        _memory = memory;
        _options = options;
        _time = time;
        _operations = operations;
        _output = new WorkerOutput(log, identity.Mask);
        _conversation = new WorkerConversation(_output, identity.Mask, operations);
        _startedAt = time.GetTimestamp();
        StartedAt = time.GetUtcNow();
        _process = launcher.Start(version, socket.Folder, _conversation.StandardOutput, _output.StandardError);
        _standardInput = new LineWriter(_process.StandardInput);
        _standardInput.Send(WorkerMessages.Discover(identity, options.MessageBytes, token: null));
        _conversation.OpenStandardInput(_standardInput);
        Exited = RunAsync(socket);
    }

    /// <summary>What it runs.</summary>
    public AppVersion Version { get; }

    /// <summary>As of which change it has the app's secrets.</summary>
    public long SecretsRevision => _identity.Secrets.Revision;

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>When it was started.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>How long ago it was started.</summary>
    public TimeSpan Uptime => _time.GetElapsedTime(_startedAt);

    /// <summary>Calls it has not answered.</summary>
    public int CallsInFlight => _conversation.CallsInFlight;

    /// <summary>Resident memory in bytes.</summary>
    public long MemoryBytes => ProcessMemory.Resident(Id);

    /// <summary>Completes, never faults, once the process is gone and its open calls are answered.</summary>
    public Task<ProcessExit> Exited { get; }

    /// <summary>The last lines it wrote to standard error or logged as errors.</summary>
    public string Errors => _output.Errors.ToString();

    /// <summary>The last lines of all that it wrote or logged.</summary>
    public string Said => _output.Said.ToString();

    /// <summary>Waits until it can take calls, or it is clear that it won't.</summary>
    public async Task<WorkerReadiness> WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var rawGrace = Task.Delay(_options.RawGrace, _time, ended.Token);
        var timeout = Task.Delay(_options.StartTimeout, _time, ended.Token);
        var first = await Task.WhenAny(_conversation.Ready, Exited, rawGrace);
        if (first == rawGrace && _conversation.Served)
        {
            first = await Task.WhenAny(_conversation.Ready, Exited, timeout);
        }

        cancellationToken.ThrowIfCancellationRequested();
        await ended.CancelAsync();
        return first == timeout ? WorkerReadiness.TimedOut : first == Exited ? WorkerReadiness.Exited : WorkerReadiness.Ready;
    }

    /// <summary>Calls a handler. Null when the process takes no more calls: then this one was not sent.</summary>
    /// <param name="method">The handler.</param>
    /// <param name="parameters">Compact JSON.</param>
    /// <param name="caller">Who calls, or null.</param>
    /// <param name="trace">The trace that the call belongs to, or null.</param>
    /// <param name="cancellationToken">Nobody waits for the answer any more; the handler runs on.</param>
    public Task<RpcOutcome?> CallAsync(
        string method, ReadOnlyMemory<byte> parameters, Caller? caller, TraceContext? trace, CancellationToken cancellationToken) =>
        _conversation.CallAsync(method, parameters, caller, trace, cancellationToken);

    /// <summary>Gives it jobs, those that it takes; returns the others.</summary>
    /// <param name="runs">The jobs.</param>
    /// <param name="lines">What it is told of each, in the same order.</param>
    public IReadOnlyList<IJobRun> Start(IReadOnlyList<IJobRun> runs, IReadOnlyList<ReadOnlyMemory<byte>> lines) => _conversation.Start(runs, lines);

    /// <summary>Asks it to end a job early; what it says of the job still counts.</summary>
    public void Abort(IJobRun run, string reason) => _conversation.Abort(run, reason);

    /// <summary>Whether it called <c>serve</c>.</summary>
    public bool Served => _conversation.Served;

    /// <summary>How often it showed, when it was asked, that it still listens; null for one that can't be asked.</summary>
    public int? Pongs => _conversation.Pongs;

    /// <summary>Asks it whether it still listens.</summary>
    public void Ping() => _conversation.Ping();

    /// <summary>Nobody waits for the job any more.</summary>
    public void Forget(long jobId) => _conversation.Forget(jobId);

    /// <summary>Lets it finish its calls, tells it to end, and kills it and what it started if it does not. Each of the two waits is bounded by the grace.</summary>
    /// <param name="drain">Whether calls in flight may finish; otherwise they fail at once.</param>
    public async Task<ProcessExit> StopAsync(bool drain)
    {
        if (drain)
        {
            await Task.WhenAny(_conversation.DrainAsync(), Exited, Task.Delay(_options.DrainGrace, _time));
        }

        _conversation.ShutDown(RpcOutcome.Failure("worker error: worker stopped", RpcErrors.NotRunning));
        if (await Task.WhenAny(Exited, Task.Delay(_options.StopGrace, _time)) != Exited)
        {
            _log(LogLevels.System, $"worker did not end within {_options.StopGrace.TotalSeconds:0.#} s and is killed");
            Kill();
        }

        return await Exited;
    }

    /// <summary>Kills it and everything it started.</summary>
    public void Kill() => _process.Signal(UnixSignal.Kill);

    private async Task<ProcessExit> RunAsync(WorkerSocket socket)
    {
        await using (socket)
        {
            _memory.Watch(this, Exceeded);
            var talking = TalkAsync(socket);
            var exit = await _process.Exited;
            _memory.Forget(this);
            await _ending.CancelAsync();
            _operations.End();
            socket.StopListening();

            // What it said last may still be on the way: an answer that was given counts.
            await talking.WaitAsync(LastWords, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _conversation.Close(RpcOutcome.Failure($"worker error: worker ended ({exit}) before it answered", RpcErrors.WorkerLost));
            _conversation.LoseJobs($"worker ended ({exit}) before it answered");
            await _standardInput.DisposeAsync();
            _process.Dispose();
            return exit;
        }
    }

    private async Task TalkAsync(WorkerSocket socket)
    {
        if (await socket.AcceptAsync(_process.Id) is not { } accepted)
        {
            return;
        }

        await using var stream = new NetworkStream(accepted, ownsSocket: true);
        await using var writer = new LineWriter(stream);
        writer.Send(WorkerMessages.Discover(_identity, _options.MessageBytes, _identity.NewToken()));
        _conversation.Open(writer);
        var renewing = RenewTokenAsync();
        await LineReader.ReadAsync(
            stream, _conversation.Received, _conversation.AllRead, () => _log(LogLevels.System, $"message over {_options.MessageBytes} bytes dropped"), _options.MessageBytes);

        // A worker that hangs up but stays can't be reached any more, and can't be told so.
        if (await Task.WhenAny(_process.Exited, Task.Delay(LastWords, _time)) != _process.Exited)
        {
            Kill();
        }

        await renewing;
    }

    private async Task RenewTokenAsync()
    {
        using var timer = new PeriodicTimer(_identity.TokenRenewal, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ending.Token))
            {
                _conversation.Renew(_identity.NewToken());
            }
        }
        catch (OperationCanceledException)
        {
            // It has ended.
        }
    }

    private void Exceeded(long used)
    {
        _log(LogLevels.System, $"worker uses {used} bytes of memory, more than the {_options.MemoryBytes} it may: killed");
        Kill();
    }
}
