using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using RootCx.Core.Apps;
using RootCx.Core.Errors;
using RootCx.Core.Logs;
using RootCx.Core.Workers;
using RootCx.Functions.Api;

namespace RootCx.Functions.Logs;

/// <summary>Streams apps' logs.</summary>
public sealed class LogFunctions(LogStream stream, LogReader reader, WorkerDirectory workers, Authenticator authenticator, EventStream events)
{
    /// <summary>
    /// <c>GET /api/v1/apps/{appId}/logs</c>: server-sent events, one per line of the log, from now on. <c>Last-Event-ID</c> or <c>?since=</c> (an id, or a
    /// time in RFC 3339) begins after that, <c>?tail=n</c> with the last n lines. Any user. The response ends by itself before the host would end it; a client
    /// resumes where it was.
    /// </summary>
    [Function("Logs")]
    public async Task Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/apps/{appId}/logs")] HttpRequest request, string appId)
    {
        await authenticator.RequireAsync(request);
        var aborted = request.HttpContext.RequestAborted;
        if (await workers.FindAsync(AppId.Require(appId), aborted) is null)
        {
            throw new RefusedException(Refusal.NotFound, $"app '{appId}' not found");
        }

        var after = await LogPosition.FindAsync(request, reader, appId, aborted);
        await events.WriteAsync(request, after, over => FollowAsync(appId, after, over));
    }

    private async IAsyncEnumerable<string> FollowAsync(string appId, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entries in stream.FollowAsync(appId, after, cancellationToken))
        {
            yield return string.Concat(entries.Select(
                entry => EventStream.Event(entry.Id, new LogRecord(entry.Level, entry.Message, entry.At, entry.Id), ApiJson.Plain.LogRecord)));
        }
    }
}

/// <summary>The data of one event; clients rely on the first two keys.</summary>
internal sealed record LogRecord(string Level, string Message, DateTime Ts, long Seq);
