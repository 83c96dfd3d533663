using System.Text;
using System.Text.Json;
using RootCx.Core.Errors;

namespace RootCx.Core.Crons;

/// <summary>What a cron's jobs get. It stays text, since it may hold what a parsed value can't be written with.</summary>
internal static class CronPayload
{
    /// <summary>The object with the cron's id in it.</summary>
    /// <param name="payload">Valid JSON without blanks around it.</param>
    /// <param name="cronId">The cron.</param>
    /// <param name="limit">Longest one in bytes of UTF-8.</param>
    /// <exception cref="RefusedException">It is no object (400), or too long (413).</exception>
    public static string WithId(string payload, Guid cronId, int limit)
    {
        var merged = With(payload, "cron_id", cronId.ToString());
        return Encoding.UTF8.GetByteCount(merged) <= limit
            ? merged
            : throw new RefusedException(Refusal.TooLarge, $"payload too large: at most {limit} bytes with the cron's id in it");
    }

    /// <summary>The object with one more key, the last one; an earlier key of that name is overruled by it, as JSON's readers do.</summary>
    /// <param name="payload">Valid JSON without blanks around it.</param>
    /// <param name="key">Plain.</param>
    /// <param name="value">Any text.</param>
    /// <exception cref="RefusedException">It is no object (400).</exception>
    public static string With(string payload, string key, string value) => payload is ['{', .. var members, '}']
        ? $"{{{members}{(string.IsNullOrWhiteSpace(members) ? "" : ",")}\"{key}\":\"{JsonEncodedText.Encode(value)}\"}}"
        : throw CronErrors.Invalid("payload must be a JSON object");
}
