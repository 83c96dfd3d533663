using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using RootCx.Core.Errors;
using RootCx.Core.Logs;

namespace RootCx.Functions.Api;

/// <summary>Answers with server-sent events, each sent as soon as it is there.</summary>
public sealed class EventStream(IOptions<LogOptions> options, TimeProvider time)
{
    // How long after its end a stream may take to hand over what it had begun to.
    private static readonly TimeSpan LastWrite = TimeSpan.FromSeconds(30);

    /// <summary>Writes until <paramref name="follow"/> ends, which it does by itself before the host would end it.</summary>
    /// <param name="request">What is answered.</param>
    /// <param name="from">The id to resume from even if nothing comes; null if there is none.</param>
    /// <param name="follow">The events as text, see <see cref="Event"/>, several at a time; an empty text is a sign of life.</param>
    public async Task WriteAsync(HttpRequest request, long? from, Func<CancellationToken, IAsyncEnumerable<string>> follow)
    {
        var aborted = request.HttpContext.RequestAborted;
        var response = request.HttpContext.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no"; // proxies that gather answers must not
        request.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await response.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"retry: 1000\n{(from is { } id ? $"id: {id}\n" : "")}\n"), aborted);
        await response.Body.FlushAsync(aborted);
        using var limit = new CancellationTokenSource(options.Value.StreamLifetime + LastWrite, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(aborted, limit.Token);
        try
        {
            await foreach (var events in follow(over.Token))
            {
                await response.WriteAsync(events.Length == 0 ? ": keep-alive\n\n" : events, over.Token);
                await response.Body.FlushAsync(over.Token);
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            request.HttpContext.Abort(); // a client that takes nothing, or next to nothing, any more
        }
    }

    /// <summary>The id that a client who comes back saw last; null for one who comes for the first time.</summary>
    /// <exception cref="RefusedException">It is no id (400).</exception>
    public static long? LastId(HttpRequest request) => request.Headers["Last-Event-ID"].ToString() switch
    {
        "" => null,
        var text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) => id,
        _ => throw new RefusedException(Refusal.Invalid, "Last-Event-ID must be the id of an event: a whole number"),
    };

    /// <summary>One event.</summary>
    /// <param name="id">To resume after.</param>
    /// <param name="data">What it says.</param>
    /// <param name="type">How that is written.</param>
    public static string Event<T>(long id, T data, JsonTypeInfo<T> type) =>
        string.Create(CultureInfo.InvariantCulture, $"id: {id}\ndata: {JsonSerializer.Serialize(data, type)}\n\n");
}
