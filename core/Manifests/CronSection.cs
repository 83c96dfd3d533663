using RootCx.Core.Crons;
using RootCx.Core.Errors;

namespace RootCx.Core.Manifests;

/// <summary>Reads an app's crons; what is right for them is the crons' own business.</summary>
internal static class CronSection
{
    private const int Most = 200;
    private const int LongestWord = 300;

    /// <summary>All of them, in their order.</summary>
    public static IReadOnlyList<ManifestCron> Read(ManifestObject manifest)
    {
        var crons = new List<ManifestCron>();
        foreach (var part in manifest.Objects("crons", Most))
        {
            var name = part.RequireText("name", LongestWord, "1 to 64 of letters, digits, '_' and '-'");
            var schedule = part.RequireText("schedule", LongestWord, "five fields such as '0 8 * * MON-FRI', 'N seconds', or a word such as '@daily'");
            var timezone = part.Text("timezone", LongestWord);
            var method = part.Text("method", LongestWord);
            var policy = part.Text("overlapPolicy", LongestWord) ?? OverlapPolicies.Skip;
            var payload = part.Object("payload") is null ? "{}" : part.Find("payload")!.Value.GetRawText(); // there is one
            Check(part, "name", name, CronStore.RequireName);
            Check(part, "schedule", schedule, text => CronSchedule.Parse(text));
            Check(part, "timezone", timezone, text => _ = new CronTimetable("0 0 * * *", text, DateTimeOffset.UnixEpoch));
            Check(part, "overlapPolicy", policy, CronStore.RequirePolicy);
            if (name is not null && crons.Exists(cron => cron.Name == name))
            {
                part.Report("name", $"there are two crons {ManifestNames.Quote(name)}");
            }

            crons.Add(new ManifestCron(name ?? "", schedule ?? "", timezone, payload, method, policy));
        }

        return crons;
    }

    private static void Check(ManifestObject part, string key, string? text, Action<string> require)
    {
        try
        {
            if (text is not null)
            {
                require(text);
            }
        }
        catch (RefusedException refused)
        {
            part.Report(key, refused.Message[CronErrors.Prefix.Length..]);
        }
    }
}
