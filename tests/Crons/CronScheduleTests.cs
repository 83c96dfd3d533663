using System.Globalization;
using RootCx.Core.Crons;
using RootCx.Core.Errors;

namespace RootCx.Tests.Crons;

public sealed class CronScheduleTests
{
    private static readonly DateTimeOffset Anchor = At("2026-01-01T00:00:00.250Z");

    [Theory]
    [InlineData("*/15 * * * *", "2026-01-01T00:00:30Z", "2026-01-01T00:15:00Z", "2026-01-01T00:30:00Z")]
    [InlineData("0 9-17/4 * * *", "2026-01-01T09:00:00Z", "2026-01-01T13:00:00Z", "2026-01-01T17:00:00Z", "2026-01-02T09:00:00Z")]
    [InlineData("5,10 0 * * *", "2026-01-01T00:05:00Z", "2026-01-01T00:10:00Z", "2026-01-02T00:05:00Z")]
    [InlineData("0 0 $ * *", "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z", "2026-04-30T00:00:00Z")]
    [InlineData("0 0 $ 2 *", "2026-03-01T00:00:00Z", "2027-02-28T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("0 0 1,15,$ * *", "2026-01-15T00:00:00Z", "2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z", "2026-02-15T00:00:00Z", "2026-02-28T00:00:00Z")]
    [InlineData("0 0 30,$ * *", "2026-01-02T00:00:00Z", "2026-01-30T00:00:00Z", "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z")]
    [InlineData("0 0 13 * 5", "2026-02-01T00:00:00Z", "2026-02-06T00:00:00Z", "2026-02-13T00:00:00Z", "2026-02-20T00:00:00Z")] // the 13th or a Friday
    [InlineData("0 0 14 * 5", "2026-02-10T00:00:00Z", "2026-02-13T00:00:00Z", "2026-02-14T00:00:00Z", "2026-02-20T00:00:00Z")]
    [InlineData("0 0 $ * 1", "2026-01-27T00:00:00Z", "2026-01-31T00:00:00Z", "2026-02-02T00:00:00Z")]
    [InlineData("0 0 */2 * 1", "2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z", "2026-01-19T00:00:00Z", "2026-02-09T00:00:00Z")] // odd days that are Mondays
    [InlineData("0 0 * * 7", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z")]
    [InlineData("0 0 * * 5-7", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z", "2026-01-09T00:00:00Z")]
    [InlineData("0 0 * * sat-SUN", "2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z", "2026-01-10T00:00:00Z")]
    [InlineData("0 0 1 jan,Jul *", "2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z", "2027-01-01T00:00:00Z")]
    [InlineData("0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z")]
    [InlineData("0 0 29 FEB *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z")] // 2100 is no leap year
    [InlineData("@hourly", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z")]
    [InlineData("@daily", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")]
    [InlineData("@weekly", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z")]
    [InlineData("@Monthly", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")]
    [InlineData("@yearly", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")]
    [InlineData("  0   0  *  * * ", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")]
    [InlineData("* * * * *", "2026-01-01T00:00:59.999Z", "2026-01-01T00:01:00Z", "2026-01-01T00:02:00Z")]
    [InlineData("* * * * *", "2026-01-01T00:01:00.001Z", "2026-01-01T00:02:00Z")]
    [InlineData("7 seconds", "2026-01-01T00:00:00.250Z", "2026-01-01T00:00:07.250Z", "2026-01-01T00:00:14.250Z")]
    [InlineData("7 seconds", "2026-01-01T00:00:07.249Z", "2026-01-01T00:00:07.250Z", "2026-01-01T00:00:14.250Z")]
    [InlineData("59 seconds", "2025-12-31T23:59:59Z", "2026-01-01T00:00:00.250Z", "2026-01-01T00:00:59.250Z")]
    public void Fires_at_these_moments(string schedule, string after, params string[] expected) =>
        Assert.Equal(expected.Select(At), new CronTimetable(schedule, null, Anchor).After(At(after), expected.Length));

    // What comes before a change of clocks, and what comes after it.
    [Theory]
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", "2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z")] // 02:00 → 03:00
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-10-24T00:00:00Z", "2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")] // 03:00 → 02:00
    [InlineData("0,30 2 * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z")]
    [InlineData("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z")]
    [InlineData("*/30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z", "2026-10-25T02:30:00Z")]
    [InlineData("15 2 * * *", "Europe/Berlin", "2026-10-25T01:05:00Z", "2026-10-26T01:15:00Z")] // within the hour that comes again
    [InlineData("30 2 * * *", "America/New_York", "2026-03-08T00:00:00Z", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z")]
    [InlineData("30 1 * * *", "America/New_York", "2026-11-01T00:00:00Z", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z")]
    [InlineData("30 2 * * *", "Australia/Sydney", "2026-10-03T00:00:00Z", "2026-10-03T16:00:00Z", "2026-10-04T15:30:00Z")] // spring, in the south
    [InlineData("30 2 * * *", "Australia/Sydney", "2026-04-04T00:00:00Z", "2026-04-04T15:30:00Z", "2026-04-05T16:30:00Z")]
    [InlineData("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", "2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z")] // half an hour
    [InlineData("0 12 30 12 *", "Pacific/Apia", "2011-12-29T00:00:00Z", "2011-12-30T10:00:00Z", "2012-12-29T22:00:00Z")] // a day that was left out
    [InlineData("0 0 * * *", "America/Santiago", "2026-09-05T12:00:00Z", "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z")] // midnight itself is skipped
    [InlineData("0 9 * * 1", "Asia/Kolkata", "2026-01-01T00:00:00Z", "2026-01-05T03:30:00Z")]
    [InlineData("0 9 * * *", "UTC", "2026-01-01T00:00:00Z", "2026-01-01T09:00:00Z")]
    [InlineData("0 0 1 1 *", "Pacific/Kiritimati", "2026-06-01T00:00:00Z", "2026-12-31T10:00:00Z")]
    public void Follows_local_clocks(string schedule, string timezone, string after, params string[] expected) =>
        Assert.Equal(expected.Select(At), new CronTimetable(schedule, timezone, Anchor).After(At(after), expected.Length));

    [Fact]
    public void Intervals_of_seconds_go_on_through_a_change_of_clocks()
    {
        var moments = new CronTimetable("30 seconds", "Europe/Berlin", Anchor).After(At("2026-10-24T23:59:00Z"), 500);

        Assert.All(moments.Zip(moments.Skip(1)), pair => Assert.Equal(TimeSpan.FromSeconds(30), pair.Second - pair.First));
    }

    [Theory]
    [InlineData("99 * * * *", "minute must be 0-59, got: 99")]
    [InlineData("* 24 * * *", "hour must be 0-23, got: 24")]
    [InlineData("* * 0 * *", "day must be 1-31, got: 0")]
    [InlineData("* * * 13 *", "month must be 1-12, got: 13")]
    [InlineData("* * * * 8", "weekday must be 0-7, got: 8")]
    [InlineData("* * 1-32 * *", "day must be 1-31, got: 32")]
    [InlineData("99999999999 * * * *", "minute must be 0-59, got: 99999999999")]
    [InlineData("30-10 * * * *", "minute: '30-10' ends before it begins")]
    [InlineData("*/0 * * * *", "minute: a step must be 1-59, got: 0")]
    [InlineData("*/ * * * *", "minute: a step must be 1-59, got: ")]
    [InlineData("5/10 * * * *", "minute: '5/10' has a step without a range: write 5-59/10")]
    [InlineData("1,,2 * * * *", "minute: '' is not understood")]
    [InlineData("1-2-3 * * * *", "minute: '1-2-3' is not understood")]
    [InlineData("MON * * * *", "minute: 'MON' is not understood")]
    [InlineData("$ * * * *", "minute: '$' is not understood")]
    [InlineData("* * 1-$ * *", "day: '$' is not understood")]
    [InlineData("** * * * *", "minute: '**' is not understood")]
    [InlineData("0 0 30 2 *", "there is no such day")]
    [InlineData("0 0 31 4,6,9,11 *", "there is no such day")]
    public void Names_the_field_that_is_wrong(string schedule, string reason) =>
        AssertRefused($"cron error: invalid cron schedule: '{schedule}' ({reason})", schedule);

    [Theory]
    [InlineData("", "invalid cron schedule: '' (expected 5 fields or 'N seconds')")]
    [InlineData("* * * *", "invalid cron schedule: '* * * *' (expected 5 fields or 'N seconds')")]
    [InlineData("0 * * * * *", "invalid cron schedule: '0 * * * * *' (expected 5 fields or 'N seconds')")]
    [InlineData("@reboot", "invalid characters in cron schedule: '@reboot'")]
    [InlineData("* * * * FOO", "invalid characters in cron schedule: '* * * * FOO'")]
    [InlineData("* * * * ?", "invalid characters in cron schedule: '* * * * ?'")]
    [InlineData("*\t* * * *", "invalid characters in cron schedule: '*\t* * * *'")]
    [InlineData("0 0 * * mondays", "invalid characters in cron schedule: '0 0 * * mondays'")]
    [InlineData("0 seconds", "seconds must be 1-59, got: 0")]
    [InlineData("60 seconds", "seconds must be 1-59, got: 60")]
    [InlineData("99999999999 seconds", "seconds must be 1-59, got: 99999999999")]
    [InlineData("ten seconds", "invalid seconds interval: 'ten seconds'")]
    [InlineData("-5 seconds", "invalid seconds interval: '-5 seconds'")]
    [InlineData(" seconds", "invalid seconds interval: ' seconds'")]
    public void Refuses_what_is_no_schedule(string schedule, string reason) => AssertRefused($"cron error: {reason}", schedule);

    [Theory]
    [InlineData("Mars/Olympus")]
    [InlineData("europe/berlin")]
    [InlineData("Pacific Standard Time")]
    [InlineData("../../etc/passwd")]
    [InlineData("")]
    public void Refuses_unknown_time_zones(string timezone)
    {
        var refused = Assert.Throws<RefusedException>(() => new CronTimetable("* * * * *", timezone, Anchor));
        Assert.Equal(
            (Refusal.Invalid, $"cron error: unknown time zone: '{timezone}' (expected an IANA name such as 'Europe/Berlin')"), (refused.Refusal, refused.Message));
    }

    // Compared with a walk through the minutes that knows nothing of the library.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Agrees_with_a_walk_through_the_minutes(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 50; round++)
        {
            var (minutes, hours, days, months, weekdays) = (Some(0, 59), Some(0, 23), Some(1, 28), Some(1, 12), Some(0, 6));
            var schedule = $"{List(minutes)} {List(hours)} {List(days)} {List(months)} {List(weekdays)}";
            var from = At("2026-01-01T00:00:00Z").AddMinutes(random.Next(500_000));

            var expected = Enumerable.Range(1, 400_000).Select(minute => from.AddMinutes(minute)).Where(moment => Means(moment.UtcDateTime)).Take(3).ToList();

            Assert.True(
                expected.SequenceEqual(new CronTimetable(schedule, null, Anchor).After(from, 3).Take(expected.Count)), $"{schedule} after {from:u}");

            bool Means(DateTime moment) =>
                Has(minutes, moment.Minute) && Has(hours, moment.Hour) && Has(months, moment.Month)
                && (days is null || weekdays is null
                    ? Has(days, moment.Day) && Has(weekdays, (int)moment.DayOfWeek)
                    : Has(days, moment.Day) || Has(weekdays, (int)moment.DayOfWeek));
        }

        int[]? Some(int least, int most) =>
            random.Next(3) == 0 ? null : [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(least, most + 1)).Distinct()];

        static string List(int[]? values) => values is null ? "*" : string.Join(',', values);

        static bool Has(int[]? values, int value) => values is null || values.Contains(value);
    }

    private static void AssertRefused(string message, string schedule)
    {
        var refused = Assert.Throws<RefusedException>(() => CronSchedule.Parse(schedule));
        Assert.Equal((Refusal.Invalid, message), (refused.Refusal, refused.Message));
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
