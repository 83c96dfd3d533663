using System.Text.Json;
using RootCx.Core.Crons;
using RootCx.Core.Errors;
using RootCx.Functions.Api;

namespace RootCx.Functions.Crons;

/// <summary>Reads what a cron is to be.</summary>
internal static class CronRequest
{
    /// <summary>The cron that a body describes.</summary>
    /// <exception cref="RefusedException">What is missing in it or wrong with it (400).</exception>
    public static NewCron ReadNew(JsonElement body)
    {
        body.RequireOnly("name", "schedule", "timezone", "payload", "overlapPolicy", "enabled");
        return new NewCron(
            body.RequireString("name"),
            body.RequireString("schedule"),
            body.OptionalString("timezone"),
            PayloadOf(body) ?? "{}",
            body.OptionalString("overlapPolicy") ?? OverlapPolicies.Skip,
            body.OptionalBoolean("enabled") ?? true);
    }

    /// <summary>
    /// The change that a body describes. What a cron can't be given anew is left as it is, so that a cron that was read can be sent back; except the name, of
    /// which somebody would expect that it is changed.
    /// </summary>
    /// <exception cref="RefusedException">What is wrong with it (400).</exception>
    public static CronChange ReadChange(JsonElement body, Cron cron)
    {
        body.RequireOnly(
            "schedule", "timezone", "payload", "overlapPolicy", "enabled",
            "name", "id", "appId", "pgJobId", "createdBy", "createdAt", "updatedAt", "nextRuns");
        if (body.OptionalString("name") is { } name && name != cron.Name)
        {
            throw CronErrors.Invalid("the name of a cron can't be changed");
        }

        return new CronChange(
            body.OptionalString("schedule"),
            body.TryGetProperty("timezone", out _) ? new TimezoneChange(body.OptionalString("timezone")) : null,
            PayloadOf(body),
            body.OptionalString("overlapPolicy"),
            body.OptionalBoolean("enabled"));
    }

    private static string? PayloadOf(JsonElement body) =>
        body.TryGetProperty("payload", out var payload) && payload.ValueKind != JsonValueKind.Null ? payload.GetRawText() : null;
}
