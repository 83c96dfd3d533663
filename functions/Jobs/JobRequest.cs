using System.Globalization;
using System.Text;
using System.Text.Json;
using RootCx.Core.Errors;
using RootCx.Core.Jobs;
using RootCx.Functions.Api;

namespace RootCx.Functions.Jobs;

/// <summary>Reads what is to be enqueued.</summary>
internal static class JobRequest
{
    private const int LongestDelaySeconds = 365 * 24 * 60 * 60;
    private const int LongestKey = 256;

    /// <summary>The job that <paramref name="body"/> describes, for nobody yet, and the user it names.</summary>
    /// <param name="body">A JSON object.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="now">The present moment.</param>
    /// <exception cref="RefusedException">What is wrong with it (400), or its payload is too large (413).</exception>
    public static (NewJob Job, Guid? UserId) Read(JsonElement body, JobOptions options, DateTimeOffset now)
    {
        body.RequireOnly(
            "payload", "user_id", "runAt", "delaySeconds", "priority", "idempotencyKey", "maxAttempts", "backoffSeconds", "timeoutSeconds");
        var job = new NewJob(PayloadOf(body, options.PayloadBytes))
        {
            RunAt = RunAtOf(body, now),
            Priority = body.OptionalInteger("priority", -100, 100) ?? 0,
            IdempotencyKey = KeyOf(body),
            MaxAttempts = body.OptionalInteger("maxAttempts", 1, 25) ?? 1,
            BackoffSeconds = body.OptionalInteger("backoffSeconds", 1, 3600) ?? 5,
            TimeoutSeconds = body.OptionalInteger("timeoutSeconds", 1, 86_400),
        };
        return (job, UserIdOf(body));
    }

    private static string PayloadOf(JsonElement body, int limit)
    {
        var payload = body.TryGetProperty("payload", out var given) ? given.GetRawText() : "{}";
        return payload.Length <= limit && Encoding.UTF8.GetByteCount(payload) <= limit
            ? payload
            : throw new RefusedException(Refusal.TooLarge, $"payload too large: at most {limit} bytes");
    }

    private static DateTimeOffset? RunAtOf(JsonElement body, DateTimeOffset now)
    {
        var delay = body.OptionalInteger("delaySeconds", 0, LongestDelaySeconds);
        if (body.OptionalString("runAt") is not { } text)
        {
            return now + (delay is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
        }

        if (delay is not null)
        {
            throw new RefusedException(Refusal.Invalid, "either 'runAt' or 'delaySeconds', not both");
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var runAt)
            && runAt <= now.AddSeconds(LongestDelaySeconds)
            && text.Contains('-', StringComparison.Ordinal)
                ? runAt
                : throw new RefusedException(Refusal.Invalid, "'runAt' must be a time like 2026-01-31T12:00:00Z, a year ahead at most");
    }

    private static string? KeyOf(JsonElement body) => body.OptionalString("idempotencyKey") switch
    {
        { Length: < 1 or > LongestKey } => throw new RefusedException(Refusal.Invalid, $"'idempotencyKey' must have 1 to {LongestKey} characters"),
        var key => key,
    };

    private static Guid? UserIdOf(JsonElement body) => body.OptionalString("user_id") switch
    {
        null => null,
        { } text when Guid.TryParse(text, out var id) => id,
        _ => throw new RefusedException(Refusal.Invalid, "invalid user_id"),
    };
}
