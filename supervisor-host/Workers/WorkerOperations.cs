using System.Diagnostics.CodeAnalysis;
using Npgsql;
using RootCx.Core.Audit;
using RootCx.Core.Database;
using RootCx.Core.Errors;
using RootCx.SupervisorHost.Data;

namespace RootCx.SupervisorHost.Workers;

/// <summary>
/// What a worker has asked for and has not been answered: the opposite direction of <see cref="PendingCalls"/> and <see cref="PendingJobs"/>. Bounded in
/// number, size, time and, for SQL, rate, so that a worker can't use up what all share. Each is answered once, unless the worker ends first.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "It lets go of what it owns when the worker has ended and the last operation with it.")]
internal sealed partial class WorkerOperations(string appId, AppData data, StatementLimiter statements, int messageBytes, TimeProvider time, ILogger logger)
{
    /// <summary>Most operations in flight.</summary>
    public const int Most = 256;

    private const long MostBytes = 32 * 1024 * 1024;
    private const int MostRowsAtOnce = 8;
    private const int Envelope = 1024; // more than an answer is longer than its result

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _ending = new();
    private readonly SemaphoreSlim _turns = new(MostRowsAtOnce);

    private int _holders = 1; // the worker, and each operation
    private long _bytes;

    /// <summary>Begins one; it goes on by itself and never faults.</summary>
    /// <param name="operation">What the worker asks for.</param>
    /// <param name="userId">On whose behalf, null for the app's own.</param>
    /// <param name="size">How long the message is, in bytes.</param>
    /// <param name="send">Sends a line to where the message came from; false if it can't.</param>
    public void Begin(WorkerOperation operation, Guid? userId, long size, Func<ReadOnlyMemory<byte>, bool> send)
    {
        if (_ending.IsCancellationRequested)
        {
            return; // nobody hears the answer
        }

        var inFlight = Interlocked.Increment(ref _holders) - 1;
        var bytes = Interlocked.Add(ref _bytes, size);
        if (inFlight > Most || (bytes > size && bytes > MostBytes))
        {
            Refuse($"too many operations at once: {Most} may be in flight, of {MostBytes} bytes together");
        }
        else if (operation is SqlQuery && !statements.TryTake(this))
        {
            Refuse($"more than {StatementLimiter.Most} statements in a second");
        }
        else
        {
            _ = RunAsync(operation, new RowActor(userId, RowActor.Worker), size, send);
        }

        void Refuse(string error)
        {
            send(WorkerMessages.OperationError(operation, error));
            LetGo(size);
        }
    }

    /// <summary>The worker has ended: what runs is cancelled. Returns without waiting for it.</summary>
    public void End()
    {
        _ = _ending.CancelAsync();
        LetGo(0);
    }

    private async Task RunAsync(WorkerOperation operation, RowActor actor, long size, Func<ReadOnlyMemory<byte>, bool> send)
    {
        try
        {
            var answer = await AnswerAsync(operation, actor);
            if (!send(answer))
            {
                send(WorkerMessages.OperationError(operation, "worker does not read its answers, and too many are waiting"));
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // Nobody hears the answer.
        }
        finally
        {
            LetGo(size);
        }
    }

    private async Task<ReadOnlyMemory<byte>> AnswerAsync(WorkerOperation operation, RowActor actor)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _ending.Token);
        try
        {
            var most = messageBytes - Envelope;
            var result = await CarryOutAsync(operation, actor, most, either.Token);
            return result.Length <= most
                ? WorkerMessages.OperationResult(operation, result.Span)
                : WorkerMessages.OperationError(operation, $"the result is {result.Length} bytes long, more than the {most} that can be sent");
        }
        catch (OperationCanceledException) when (!_ending.IsCancellationRequested)
        {
            return WorkerMessages.OperationError(operation, $"not done within {Patience.TotalSeconds:0} s");
        }
        catch (RefusedException refused)
        {
            return WorkerMessages.OperationError(operation, refused.Message);
        }
        catch (NpgsqlException exception) when (exception.Passes() && !_ending.IsCancellationRequested)
        {
            return WorkerMessages.OperationError(operation, "the database is not there at the moment");
        }
        catch (Exception exception) when (!_ending.IsCancellationRequested)
        {
            Log.Failed(logger, exception, operation.AnswerType, appId);
            return WorkerMessages.OperationError(operation, "internal error");
        }
    }

    private async Task<ReadOnlyMemory<byte>> CarryOutAsync(WorkerOperation operation, RowActor actor, int most, CancellationToken cancellationToken)
    {
        if (operation is SqlQuery)
        {
            return await data.RunAsync(appId, operation, actor, most, cancellationToken); // its connections are few
        }

        await _turns.WaitAsync(cancellationToken);
        try
        {
            return await data.RunAsync(appId, operation, actor, most, cancellationToken);
        }
        finally
        {
            _turns.Release();
        }
    }

    // Who is the last puts out the light. One that comes later finds it cancelled, and puts it out again.
    private void LetGo(long size)
    {
        Interlocked.Add(ref _bytes, -size);
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            data.Forget(appId);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2401, LogLevel.Error, "An operation of the worker of {AppId} ({Operation}) failed")]
        public static partial void Failed(ILogger logger, Exception exception, string operation, string appId);
    }
}
