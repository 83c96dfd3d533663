using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using RootCx.Core.Apps;
using RootCx.Core.Errors;
using RootCx.Core.Logs;
using RootCx.Core.Workers;
using RootCx.Functions.Api;

namespace RootCx.Functions.Logs;

/// <summary>Streams apps' logs.</summary>
public sealed class LogFunctions(
    LogStream stream, LogReader reader, WorkerDirectory workers, Authenticator authenticator, IOptions<LogOptions> options, TimeProvider time)
{
    // How long after its end a stream may take to hand over what it had begun to.
    private static readonly TimeSpan LastWrite = TimeSpan.FromSeconds(30);

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
        var response = request.HttpContext.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no"; // proxies that gather answers must not
        request.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await response.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"retry: 1000\nid: {after}\n\n"), aborted); // to resume from, even if nothing comes
        await response.Body.FlushAsync(aborted);
        using var limit = new CancellationTokenSource(options.Value.StreamLifetime + LastWrite, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(aborted, limit.Token);
        try
        {
            await foreach (var entries in stream.FollowAsync(appId, after, over.Token))
            {
                await response.WriteAsync(entries.Count == 0 ? ": keep-alive\n\n" : string.Concat(entries.Select(Event)), over.Token);
                await response.Body.FlushAsync(over.Token);
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            request.HttpContext.Abort(); // a client that takes nothing, or next to nothing, any more
        }
    }

    private static string Event(LogEntry entry)
    {
        var record = new LogRecord(entry.Level, entry.Message, entry.At, entry.Id);
        return string.Create(CultureInfo.InvariantCulture, $"id: {entry.Id}\ndata: {JsonSerializer.Serialize(record, ApiJson.Plain.LogRecord)}\n\n");
    }
}

/// <summary>The data of one event; clients rely on the first two keys.</summary>
internal sealed record LogRecord(string Level, string Message, DateTime Ts, long Seq);
