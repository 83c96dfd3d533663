using System.Globalization;
using NCrontab;
using RootCx.Core.Errors;

namespace RootCx.Core.Crons;

/// <summary>
/// When a cron fires, in local time: five fields (minute, hour, day, month, weekday) as cron(5) understands them, with <c>$</c> for the last day of a month;
/// <c>N seconds</c>; or <c>@hourly</c>, <c>@daily</c>, <c>@weekly</c>, <c>@monthly</c>, <c>@yearly</c>.
/// </summary>
public sealed class CronSchedule
{
    private const int Longest = 256;
    private const string SecondsSuffix = " seconds";

    // The 29th of February can be a given weekday as rarely as every 40 years.
    private const int FarthestYears = 41;

    private static readonly Dictionary<string, string> Macros = new(StringComparer.OrdinalIgnoreCase)
    {
        ["@hourly"] = "0 * * * *",
        ["@daily"] = "0 0 * * *",
        ["@weekly"] = "0 0 * * 0",
        ["@monthly"] = "0 0 1 * *",
        ["@yearly"] = "0 0 1 1 *",
    };

    private readonly IReadOnlyList<Alternative> _alternatives;

    private CronSchedule(TimeSpan? interval, IReadOnlyList<Alternative> alternatives) => (Interval, _alternatives) = (interval, alternatives);

    /// <summary>The pause between two occurrences, for a schedule of so many seconds; null for one of fields.</summary>
    public TimeSpan? Interval { get; }

    /// <summary>Reads a schedule.</summary>
    /// <exception cref="RefusedException">It is none, or never comes (400).</exception>
    public static CronSchedule Parse(string text)
    {
        if (text.Length > Longest)
        {
            throw CronErrors.Invalid($"invalid cron schedule: it is over {Longest} characters long");
        }

        if (text.EndsWith(SecondsSuffix, StringComparison.Ordinal))
        {
            return new CronSchedule(Seconds(text), []);
        }

        if (!Macros.TryGetValue(text, out var fields))
        {
            RefuseStrangeCharacters(text);
            fields = text;
        }

        return FromFields(text, fields.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>The first local time after <paramref name="local"/> that one of its fields' combinations means; null if there is none for 41 years.</summary>
    internal DateTime? After(DateTime local)
    {
        DateTime? next = null;
        foreach (var alternative in _alternatives)
        {
            if (alternative.After(local, next ?? local.AddYears(FarthestYears)) is { } sooner)
            {
                next = sooner;
            }
        }

        return next;
    }

    private static TimeSpan Seconds(string text)
    {
        var number = text[..^SecondsSuffix.Length];
        if (number.Length == 0 || !number.All(char.IsAsciiDigit))
        {
            throw CronErrors.Invalid($"invalid seconds interval: '{text}'");
        }

        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 1 and <= 59
            ? TimeSpan.FromSeconds(seconds)
            : throw CronErrors.Invalid($"seconds must be 1-59, got: {number}");
    }

    private static void RefuseStrangeCharacters(string text)
    {
        var word = "";
        foreach (var c in text + ' ')
        {
            if (char.IsAsciiLetter(c))
            {
                word += c;
                continue;
            }

            if ((!char.IsAsciiDigit(c) && !" */-,$".Contains(c, StringComparison.Ordinal)) || (word.Length > 0 && !CronField.IsName(word)))
            {
                throw CronErrors.Invalid($"invalid characters in cron schedule: '{text}'");
            }

            word = "";
        }
    }

    private static CronSchedule FromFields(string text, string[] fields)
    {
        if (fields.Length != 5)
        {
            throw CronErrors.Invalid($"invalid cron schedule: '{text}' (expected 5 fields or 'N seconds')");
        }

        CronField[] parsed;
        try
        {
            parsed = [.. fields.Select((field, position) => CronField.Parse(position, field))];
        }
        catch (CronFieldException wrong)
        {
            throw CronErrors.Invalid($"invalid cron schedule: '{text}' ({wrong.Message})");
        }

        var schedule = new CronSchedule(null, [.. Alternatives(parsed)]);
        return schedule.After(new DateTime(2000, 1, 1)) is null
            ? throw CronErrors.Invalid($"invalid cron schedule: '{text}' (there is no such day)")
            : schedule;
    }

    // Where both days and weekdays are restricted, either will do, as with cron; the library has both.
    private static IEnumerable<Alternative> Alternatives(CronField[] fields)
    {
        var (day, weekday) = (fields[2], fields[4]);
        var either = !day.IsOpen && !weekday.IsOpen;
        if (day.Values.Count > 0)
        {
            yield return new Alternative(Schedule(List(day), either ? "*" : List(weekday)), false);
        }

        if (day.LastDay)
        {
            yield return new Alternative(Schedule("28-31", either ? "*" : List(weekday)), true);
        }

        if (either)
        {
            yield return new Alternative(Schedule("*", List(weekday)), false);
        }

        CrontabSchedule Schedule(string days, string weekdays) => CrontabSchedule.Parse($"{List(fields[0])} {List(fields[1])} {days} {List(fields[3])} {weekdays}");

        static string List(CronField field) => string.Join(',', field.Values);
    }

    private sealed record Alternative(CrontabSchedule Schedule, bool OnlyLastDay)
    {
        // Null unless it comes before the end.
        public DateTime? After(DateTime local, DateTime end)
        {
            var next = Schedule.GetNextOccurrence(local, end);
            while (OnlyLastDay && next < end && next.AddDays(1).Day != 1)
            {
                next = Schedule.GetNextOccurrence(next, end);
            }

            return next < end ? next : null;
        }
    }
}
