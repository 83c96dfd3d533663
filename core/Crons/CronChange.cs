namespace RootCx.Core.Crons;

/// <summary>A cron to be made.</summary>
/// <param name="Name">1 to 64 of letters, digits, <c>_</c> and <c>-</c>.</param>
/// <param name="Schedule">See <see cref="CronSchedule"/>.</param>
/// <param name="Timezone">An IANA name; null for UTC.</param>
/// <param name="Payload">A JSON object.</param>
/// <param name="OverlapPolicy">One of <see cref="OverlapPolicies"/>.</param>
/// <param name="Enabled">False: paused from the start.</param>
public sealed record NewCron(string Name, string Schedule, string? Timezone, string Payload, string OverlapPolicy, bool Enabled = true);

/// <summary>What is to be changed of a cron; null: stays.</summary>
/// <param name="Schedule">See <see cref="CronSchedule"/>.</param>
/// <param name="Timezone">Set if it is to be changed, to an IANA name or to null for UTC.</param>
/// <param name="Payload">A JSON object.</param>
/// <param name="OverlapPolicy">One of <see cref="OverlapPolicies"/>.</param>
/// <param name="Enabled">False: paused.</param>
public sealed record CronChange(string? Schedule = null, TimezoneChange? Timezone = null, string? Payload = null, string? OverlapPolicy = null, bool? Enabled = null);

/// <summary>A time zone to be set.</summary>
/// <param name="Timezone">An IANA name; null for UTC.</param>
public sealed record TimezoneChange(string? Timezone);
