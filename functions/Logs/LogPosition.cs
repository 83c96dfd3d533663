using System.Globalization;
using Microsoft.AspNetCore.Http;
using RootCx.Core.Errors;
using RootCx.Core.Logs;
using RootCx.Functions.Api;

namespace RootCx.Functions.Logs;

/// <summary>Where in an app's log a request wants to begin.</summary>
internal static class LogPosition
{
    private const int LongestTail = 1000;

    /// <summary>The id after which reading begins; without a wish, the newest.</summary>
    /// <exception cref="RefusedException">The wish can't be read (400).</exception>
    public static async Task<long> FindAsync(HttpRequest request, LogReader reader, string appId, CancellationToken cancellationToken)
    {
        if (EventStream.LastId(request) is { } last)
        {
            return last;
        }

        if (request.Query["since"].ToString() is { Length: > 0 } since)
        {
            return Id(since) ?? await reader.BeforeAsync(appId, Time(since), cancellationToken);
        }

        if (request.Query["tail"].ToString() is { Length: > 0 } tail)
        {
            return int.TryParse(tail, NumberStyles.None, CultureInfo.InvariantCulture, out var lines) && lines <= LongestTail
                ? await reader.BeforeLastAsync(appId, lines, cancellationToken)
                : throw Invalid($"tail must be a whole number from 0 to {LongestTail}");
        }

        return await reader.NewestAsync(appId, cancellationToken);
    }

    private static long? Id(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    private static DateTimeOffset Time(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time.Year > 1
            ? time
            : throw Invalid("since must be the id of a log record or a time like 2026-01-31T12:00:00Z");

    private static RefusedException Invalid(string text) => new(Refusal.Invalid, text);
}
