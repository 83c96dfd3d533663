using System.Globalization;
using System.Text.RegularExpressions;

namespace RootCx.Core.Collections;

/// <summary>Reads times: RFC 3339, with a blank for the <c>T</c>, without a zone (then it is UTC), or a date alone.</summary>
internal static partial class TimestampText
{
    private const int MicrosecondDigits = 6;

    /// <summary>The moment in UTC, to the microsecond; null if the text is none, or before the year 1 or after 9999.</summary>
    public static DateTime? Parse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success
            || !DateTime.TryParseExact(match.Groups["date"].Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            || !TimeOnly.TryParseExact(TimeOf(match), "HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            || OffsetOf(match.Groups["zone"].Value) is not { } offset)
        {
            return null;
        }

        var ticks = date.Ticks + time.Ticks + (MicrosecondsOf(match.Groups["fraction"].Value) * TimeSpan.TicksPerMicrosecond) - offset.Ticks;
        return ticks >= DateTime.MinValue.Ticks && ticks <= DateTime.MaxValue.Ticks ? new DateTime(ticks, DateTimeKind.Utc) : null;
    }

    private static string TimeOf(Match match) => match.Groups["time"].Value switch
    {
        "" => "00:00:00",
        { Length: 5 } minutes => minutes + ":00",
        var seconds => seconds,
    };

    private static long MicrosecondsOf(string fraction) => fraction.Length == 0
        ? 0
        : long.Parse(fraction.PadRight(MicrosecondDigits, '0').AsSpan(0, MicrosecondDigits), NumberStyles.None, CultureInfo.InvariantCulture);

    // Null for an offset that there is not.
    private static TimeSpan? OffsetOf(string zone)
    {
        if (zone is "" or "Z" or "z")
        {
            return TimeSpan.Zero;
        }

        var digits = zone[1..].Replace(":", "", StringComparison.Ordinal).PadRight(4, '0');
        var offset = new TimeSpan(int.Parse(digits.AsSpan(0, 2), CultureInfo.InvariantCulture), int.Parse(digits.AsSpan(2), CultureInfo.InvariantCulture), 0);
        return offset > TimeSpan.FromHours(16) || digits[2] > '5' ? null : zone[0] == '-' ? -offset : offset;
    }

    [GeneratedRegex(
        "^(?<date>[0-9]{4}-[0-9]{2}-[0-9]{2})([Tt ](?<time>[0-9]{2}:[0-9]{2}(:[0-9]{2})?)(\\.(?<fraction>[0-9]{1,12}))?(?<zone>[Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?)?\\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
