using System.Text;
using RootCx.Core.Errors;

namespace RootCx.Core.Crons;

/// <summary>What a cron's jobs get.</summary>
internal static class CronPayload
{
    /// <summary>
    /// The object with the cron's id as its last key. It stays text, since it may hold what a parsed value can't be written with; an earlier key of that name is
    /// overruled by the last one, as JSON's readers do.
    /// </summary>
    /// <param name="payload">Valid JSON without blanks around it.</param>
    /// <param name="cronId">The cron.</param>
    /// <param name="limit">Longest one in bytes of UTF-8.</param>
    /// <exception cref="RefusedException">It is no object (400), or too long (413).</exception>
    public static string WithId(string payload, Guid cronId, int limit)
    {
        if (payload is not ['{', .. var members, '}'])
        {
            throw CronErrors.Invalid("payload must be a JSON object");
        }

        var merged = $"{{{members}{(string.IsNullOrWhiteSpace(members) ? "" : ",")}\"cron_id\":\"{cronId}\"}}";
        return Encoding.UTF8.GetByteCount(merged) <= limit
            ? merged
            : throw new RefusedException(Refusal.TooLarge, $"payload too large: at most {limit} bytes with the cron's id in it");
    }
}
