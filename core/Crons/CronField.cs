using System.Globalization;

namespace RootCx.Core.Crons;

/// <summary>One of the five fields of a schedule: the values at which it fires.</summary>
/// <param name="Values">Sorted; weekdays from 0 (Sunday) to 6.</param>
/// <param name="IsOpen">It begins with <c>*</c>, so it does not restrict by itself which days are meant.</param>
/// <param name="LastDay">The last day of each month is meant as well.</param>
internal sealed record CronField(IReadOnlyList<int> Values, bool IsOpen, bool LastDay)
{
    private static readonly string[] Months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] Weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    private static readonly Kind[] Kinds =
    [
        new("minute", 0, 59, [], 0), new("hour", 0, 23, [], 0), new("day", 1, 31, [], 0), new("month", 1, 12, Months, 1), new("weekday", 0, 7, Weekdays, 0),
    ];

    /// <summary>Whether a word may stand in a schedule.</summary>
    public static bool IsName(string word) => Kinds.Any(kind => kind.Find(word) is not null);

    /// <summary>Reads the field at a position: lists, separated by commas, of values, ranges and steps.</summary>
    /// <param name="position">0 to 4.</param>
    /// <param name="text">Without blanks.</param>
    /// <exception cref="CronFieldException">What is wrong with it, with the name of the field.</exception>
    public static CronField Parse(int position, string text)
    {
        var kind = Kinds[position];
        var values = new SortedSet<int>();
        var lastDay = false;
        foreach (var item in text.Split(','))
        {
            if (item == "$" && kind.Name == "day")
            {
                lastDay = true;
            }
            else
            {
                kind.AddTo(values, item);
            }
        }

        return new CronField([.. values], text[0] == '*', lastDay);
    }

    private sealed record Kind(string Name, int Least, int Most, string[] Names, int FirstName)
    {
        public void AddTo(SortedSet<int> values, string item)
        {
            var (range, step) = item.Split('/') switch
            {
                [var whole] => (whole, 1),
                [var whole, var steps] when whole == "*" || whole.Contains('-', StringComparison.Ordinal) => (whole, Step(steps)),
                [var single, var steps] when Find(single) is not null => throw Refused($"'{item}' has a step without a range: write {single}-{Most}/{steps}"),
                _ => throw NotUnderstood(item),
            };
            var (first, last) = range.Split('-') switch
            {
                ["*"] => (Least, Name == "weekday" ? 6 : Most),
                [var only] => (Value(only), Value(only)),
                [var from, var to] => (Value(from), Value(to)),
                _ => throw NotUnderstood(item),
            };
            if (first > last && Name == "weekday" && last == 0)
            {
                last = 7; // Sunday ends a week as well as it begins one
            }

            if (first > last)
            {
                throw Refused($"'{item}' ends before it begins");
            }

            for (var value = first; value <= last; value += step)
            {
                values.Add(Name == "weekday" ? value % 7 : value);
            }
        }

        public int? Find(string word)
        {
            if (Array.FindIndex(Names, name => name.Equals(word, StringComparison.OrdinalIgnoreCase)) is var index and >= 0)
            {
                return index + FirstName;
            }

            return int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        }

        private int Value(string word)
        {
            if (word.Length > 0 && word.All(char.IsAsciiDigit) && Find(word) is null)
            {
                throw OutOfRange(word);
            }

            var value = Find(word) ?? throw NotUnderstood(word);
            return value >= Least && value <= Most ? value : throw OutOfRange(word);
        }

        private int Step(string word) =>
            int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var step) && step >= 1 && step <= Most
                ? step
                : throw Refused($"a step must be 1-{Most}, got: {word}");

        private CronFieldException OutOfRange(string word) => new($"{Name} must be {Least}-{Most}, got: {word}");

        private CronFieldException NotUnderstood(string item) => Refused($"'{item}' is not understood");

        private CronFieldException Refused(string reason) => new($"{Name}: {reason}");
    }
}

/// <summary>What is wrong with a field.</summary>
internal sealed class CronFieldException(string message) : Exception(message);
