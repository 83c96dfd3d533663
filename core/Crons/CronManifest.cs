using Dapper;
using Npgsql;
using RootCx.Core.Errors;

namespace RootCx.Core.Crons;

/// <summary>A cron that an app's manifest lists.</summary>
/// <param name="Name">Unique in the app.</param>
/// <param name="Schedule">See <see cref="CronSchedule"/>.</param>
/// <param name="Timezone">An IANA name; null for UTC.</param>
/// <param name="Payload">A JSON object, as it was sent.</param>
/// <param name="Method">Goes into the payload as <c>method</c>, if there is one.</param>
/// <param name="OverlapPolicy">One of <see cref="OverlapPolicies"/>.</param>
public sealed record ManifestCron(
    string Name, string Schedule, string? Timezone = null, string Payload = "{}", string? Method = null, string OverlapPolicy = OverlapPolicies.Skip);

/// <summary>Brings an app's crons in line with its manifest. It touches only those that came with a manifest, and leaves paused what somebody paused.</summary>
public sealed class CronManifest(CronStore store)
{
    /// <summary>Makes those that are new, changes those that differ, deletes those that are not listed any more; in the caller's transaction, after which
    /// <see cref="Doorbells.Topics.Jobs"/> is to be rung.</summary>
    /// <param name="connection">In a transaction.</param>
    /// <param name="appId">Whose; it is there already.</param>
    /// <param name="listed">All of them; an empty list leaves none.</param>
    /// <param name="installer">Owner of those that are new.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">One of them is not valid, or has the name of one that was made by hand (400).</exception>
    public async Task SyncAsync(
        NpgsqlConnection connection, string appId, IReadOnlyCollection<ManifestCron> listed, Guid? installer, CancellationToken cancellationToken)
    {
        if (listed.GroupBy(cron => cron.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw CronErrors.Invalid($"the manifest lists '{twice.Key}' twice");
        }

        var present = (await connection.QueryAsync<CronRow>(new CommandDefinition(
            $"select {CronRow.Columns} from crons where app_id = @appId and from_manifest order by name for no key update", new { appId }, cancellationToken: cancellationToken)))
            .ToDictionary(row => row.Name);
        foreach (var gone in present.Values.Where(row => listed.All(cron => cron.Name != row.Name)))
        {
            await CronStore.DeleteAsync(connection, appId, gone.Id, cancellationToken);
        }

        foreach (var cron in listed)
        {
            var payload = cron.Method is null ? cron.Payload : CronPayload.With(cron.Payload, "method", cron.Method);
            if (!present.TryGetValue(cron.Name, out var row))
            {
                var made = new NewCron(cron.Name, cron.Schedule, cron.Timezone, payload, cron.OverlapPolicy);
                await store.CreateAsync(connection, appId, made, installer, fromManifest: true, cancellationToken);
            }
            else if ((row.Schedule, row.Timezone, row.Payload, row.OverlapPolicy) != (cron.Schedule, cron.Timezone, payload, cron.OverlapPolicy))
            {
                var change = new CronChange(cron.Schedule, new TimezoneChange(cron.Timezone), payload, cron.OverlapPolicy);
                await store.ChangeAsync(connection, appId, row.Id, change, cancellationToken);
            }
        }
    }
}
