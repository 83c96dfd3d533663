using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using RootCx.Core.Auth;
using RootCx.Core.Channels;
using RootCx.Core.Logs;
using RootCx.Core.Secrets;
using RootCx.Core.Telemetry;
using RootCx.SupervisorHost.Data;

namespace RootCx.SupervisorHost.Workers;

/// <summary>
/// What is said between the supervisor and one worker: over the socket with a worker that called <c>serve</c>, over standard input and output with one
/// that did not. Nothing that the worker says is trusted: an answer only counts for a call that is open, and what is no message is a line of its log.
/// Errors, which people read, are masked here, before they are cut or kept; results are the callers' data and are not.
/// </summary>
internal sealed class WorkerConversation(WorkerOutput output, SecretMask mask, WorkerOperations operations)
{
    // What is looked into is refused or cut long before it is this deep; small messages can't be deeper.
    private const int Levels = LargeAnswer.FromBytes / 2;

    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = Levels + 1 };

    private static readonly RpcOutcome Deaf =
        RpcOutcome.Failure("worker error: worker does not read its calls, and too many are waiting", RpcErrors.Overloaded);

    // Lines that are sent together, in bytes.
    private const int Chunk = 256 * 1024;

    private const int NoteBytes = 4096;

    private readonly PendingCalls _calls = new();
    private readonly PendingJobs _jobs = new();
    private readonly ConcurrentDictionary<string, ReadOnlyMemory<byte>> _saidToStandardInput = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile LineWriter? _socket;
    private volatile LineWriter? _standardInput;
    private volatile bool _served;
    private volatile bool _closed;
    private volatile bool _replaced;
    private volatile bool _told;
    private volatile int _pongs; // counted by the one who reads
    private volatile IJobRun? _ended; // one of those that ended since all was read

    /// <summary>Completes when the worker says that it takes calls.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Whether it called <c>serve</c>.</summary>
    public bool Served => _served;

    /// <summary>Calls it has not answered.</summary>
    public int CallsInFlight => _calls.Count;

    /// <summary>Its socket is there.</summary>
    public void Open(LineWriter socket) => _socket = socket;

    /// <summary>Its standard input is there.</summary>
    public void OpenStandardInput(LineWriter standardInput) => _standardInput = standardInput;

    /// <summary>Calls a handler. Null when the worker takes no more calls: then this one was not sent.</summary>
    public async Task<RpcOutcome?> CallAsync(
        string method, ReadOnlyMemory<byte> parameters, Caller? caller, TraceContext? trace, CancellationToken cancellationToken)
    {
        var (id, outcome) = _calls.Open(caller?.UserId);
        try
        {
            if (_closed || _replaced)
            {
                return null;
            }

            var line = WorkerMessages.Rpc(id, method, parameters, caller, trace);
            return Say(id, line) ? await outcome.WaitAsync(cancellationToken) : Deaf;
        }
        catch (OperationCanceledException)
        {
            _calls.Abandon(id);
            throw;
        }
        finally
        {
            _calls.Forget(id);
            _saidToStandardInput.TryRemove(id, out _);
        }
    }

    /// <summary>Gives the worker jobs, those that it takes; returns the others.</summary>
    public IReadOnlyList<IJobRun> Start(IReadOnlyList<IJobRun> runs, IReadOnlyList<ReadOnlyMemory<byte>> lines)
    {
        List<IJobRun>? refused = null;
        List<IJobRun> chunk = [];
        var together = new ArrayBufferWriter<byte>();
        for (var i = 0; i < runs.Count; i++)
        {
            if (_closed || !_jobs.Add(runs[i]))
            {
                (refused ??= []).Add(runs[i]);
            }
            else if (_served)
            {
                chunk.Add(runs[i]);
                together.Write(lines[i].Span);
                if (together.WrittenCount > Chunk)
                {
                    SendChunk();
                }
            }
            else if (!Say(JobKey(runs[i].Id.ToString(CultureInfo.InvariantCulture)), lines[i]))
            {
                Refuse(runs[i]);
            }
        }

        SendChunk();

        // Whoever closes looks for jobs after that, so one of the two takes them off.
        if (_closed)
        {
            runs.ToList().ForEach(Refuse);
        }

        return refused ?? [];

        void SendChunk()
        {
            if (chunk.Count > 0 && !_socket!.Send(together.WrittenMemory)) // it is how serve was heard of
            {
                chunk.ForEach(Refuse);
            }

            chunk = [];
            together = new ArrayBufferWriter<byte>();
        }

        void Refuse(IJobRun run)
        {
            if (_jobs.Take(run.Id) is not null)
            {
                (refused ??= []).Add(run);
            }
        }
    }

    /// <summary>Asks the worker to end a job early.</summary>
    public void Abort(IJobRun run, string reason)
    {
        if (_served)
        {
            _socket!.Send(WorkerMessages.JobAbort(run.Id, run.Deliveries, reason)); // it is how serve was heard of
        }
    }

    /// <summary>How often the worker showed, when it was asked, that it still listens; null for one that can't be asked.</summary>
    public int? Pongs => _served ? _pongs : null;

    /// <summary>Asks the worker whether it still listens.</summary>
    public void Ping()
    {
        if (_served)
        {
            _socket!.Send(WorkerMessages.Ping()); // it is how serve was heard of
        }
    }

    /// <summary>Nobody waits for the job any more.</summary>
    public void Forget(long jobId) => _jobs.Take(jobId);

    private static string JobKey(string jobId) => $"job {jobId}";

    private bool Say(string id, ReadOnlyMemory<byte> line)
    {
        if (_served)
        {
            return _socket!.Send(line); // it is how serve was heard of
        }

        _saidToStandardInput[id] = line;
        if (_standardInput?.Send(line) != true)
        {
            return false;
        }

        if (_served)
        {
            Repeat(id); // serve was called in this very moment
        }

        return true;
    }

    /// <summary>Takes no more calls; completes once no call and no job is in flight.</summary>
    public Task DrainAsync()
    {
        // A call that was on its way here when the worker was replaced is seen below, or sees this: it goes to the next worker, and never to one that has ended.
        _replaced = true;
        Interlocked.MemoryBarrier();
        return Task.WhenAll(_calls.WhenDrained(), _jobs.WhenDrained());
    }

    /// <summary>Gives the worker a new token of its own.</summary>
    public void Renew(string token) => _socket?.Send(WorkerMessages.Token(token));

    /// <summary>Takes no more calls and jobs, fails the calls in flight, and asks the worker to end; what it says of its jobs until then counts.</summary>
    public void ShutDown(RpcOutcome inFlight)
    {
        _told = true;
        Close(inFlight);
        if (_served)
        {
            _socket!.Send(WorkerMessages.Shutdown()); // it is how serve was heard of
        }
        else
        {
            _standardInput?.Send(WorkerMessages.Shutdown());
            _standardInput?.Complete();
        }
    }

    /// <summary>Takes no more calls and answers those in flight.</summary>
    public void Close(RpcOutcome inFlight)
    {
        _closed = true;
        _calls.AnswerAll(inFlight);
    }

    /// <summary>The worker is gone: its jobs will not be answered.</summary>
    public void LoseJobs(string how)
    {
        foreach (var run in _jobs.TakeAll())
        {
            run.Ended(new JobAnswer(_told ? JobAnswerKind.Interrupted : JobAnswerKind.Lost, how));
            run.GoOn();
        }
    }

    /// <summary>A line came over the socket.</summary>
    public void Received(ReadOnlySequence<byte> line)
    {
        if (line.IsEmpty)
        {
            return;
        }

        try
        {
            Read(line, overSocket: true);
        }
        catch (Exception exception) when (IsMalformed(exception))
        {
            output.Malformed();
        }
    }

    /// <summary>All that had come is read.</summary>
    public void AllRead()
    {
        var ended = _ended;
        _ended = null;
        ended?.GoOn();
    }

    /// <summary>A line came on standard output: of a worker without <c>serve</c> it may be a message.</summary>
    public void StandardOutput(string line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        if (!_served && line.AsSpan().TrimStart().StartsWith('{'))
        {
            try
            {
                Read(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(line)), overSocket: false);
                return;
            }
            catch (Exception exception) when (IsMalformed(exception))
            {
                // No message then.
            }
        }

        output.StandardOutput(line);
    }

    private static bool IsMalformed(Exception exception) => exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException;

    private void Read(ReadOnlySequence<byte> line, bool overSocket)
    {
        var shallow = line;
        if (line.Length >= LargeAnswer.FromBytes)
        {
            if (LargeAnswer.Read(line) is { } answer)
            {
                Handle(answer, overSocket);
                return;
            }

            shallow = ShallowJson.Trim(line, Levels);
        }

        using var message = JsonDocument.Parse(shallow, Deep);
        Handle(message.RootElement, overSocket, line.Length);
    }

    private void Handle(LargeAnswer answer, bool overSocket)
    {
        if (answer.Type == "job_result")
        {
            EndJob(answer.Id, new JobAnswer(JobAnswerKind.Returned, Encoding.UTF8.GetString(answer.Result)), overSocket);
        }
        else
        {
            _calls.TryAnswer(answer.Id, new RpcOutcome(answer.Result));
        }
    }

    private void EndJob(string id, JobAnswer answer, bool overSocket)
    {
        if (_jobs.Take(id) is { } ended)
        {
            ended.Ended(answer);
            _ended = ended;
        }

        if (!overSocket)
        {
            _saidToStandardInput.TryRemove(JobKey(id), out _);
            AllRead();
        }
    }

    private void Handle(JsonElement message, bool overSocket, long size)
    {
        switch (message.GetProperty("type").GetString())
        {
            case "discover":
                Discovered(overSocket);
                break;
            case "ready" when overSocket:
                _ready.TrySetResult();
                break;
            case "rpc_response":
                _calls.TryAnswer(message.GetProperty("id").GetString() ?? "", WorkerAnswer.Read(message, mask));
                break;
            case "job_result":
                EndJob(message.GetProperty("id").GetString() ?? "", WorkerAnswer.ReadJob(message, interrupted: _told, mask), overSocket);
                break;
            case "pong":
                _pongs++;
                break;
            case "job_progress" when _jobs.Find(message.GetProperty("id").GetString()) is { } run:
                run.Progressed(
                    Math.Clamp(message.GetProperty("fraction").GetDouble(), 0, 1),
                    message.TryGetProperty("note", out var note) ? LogText.Fit(mask.Apply(WorkerAnswer.TextOf(note)), NoteBytes) : null);
                break;
            case "job_progress":
                break; // of one that nobody waits for any more
            case "log":
                output.Logged(message);
                break;
            case "event":
                output.Emitted(message);
                break;
            case "collection_op":
                Begin(WorkerOperation.ReadCollectionOperation(message), overSocket, size);
                break;
            case "sql_query":
                Begin(WorkerOperation.ReadSqlQuery(message), overSocket, size);
                break;
            default:
                throw new JsonException("unknown message type");
        }
    }

    private void Discovered(bool overSocket)
    {
        if (!overSocket)
        {
            _ready.TrySetResult();
            return;
        }

        // What was said to standard input before was not heard: a worker that calls serve does not read there.
        _served = true;
        foreach (var id in _saidToStandardInput.Keys)
        {
            Repeat(id);
        }
    }

    private void Repeat(string id)
    {
        if (_saidToStandardInput.TryRemove(id, out var line))
        {
            _socket!.Send(line); // it is how serve was heard of
        }
    }

    // On whose behalf is not believed but looked up: of what is in flight at this moment, only the worker knows which one it works for.
    private void Begin(WorkerOperation operation, bool overSocket, long size)
    {
        var user = operation.Call is not { } call ? null : call.Contains(':', StringComparison.Ordinal) ? _jobs.Find(call)?.UserId : _calls.UserOf(call);
        operations.Begin(operation, user, size, line => (overSocket ? _socket : _standardInput)?.Send(line) ?? false);
    }
}
