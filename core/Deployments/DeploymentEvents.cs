using System.Runtime.CompilerServices;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Doorbells;
using RootCx.Core.Logs;

namespace RootCx.Core.Deployments;

/// <summary>Follows deployments as they come along.</summary>
public sealed class DeploymentEvents(NpgsqlDataSource database, DoorbellListener listener, IOptions<LogOptions> streams, TimeProvider time)
{
    /// <summary>
    /// The steps of a version, some at a time, until it is live or has failed; none at all when it is time for a sign of life. Ends as well when the version goes, and
    /// after <see cref="LogOptions.StreamLifetime"/>.
    /// </summary>
    /// <param name="appId">The app.</param>
    /// <param name="version">The version.</param>
    /// <param name="after">The last step that is known already; null for all since it was deployed, or asked for again.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async IAsyncEnumerable<IReadOnlyList<DeploymentEvent>> FollowAsync(
        string appId, int version, long? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        var last = after ?? await BeginningAsync(appId, version, cancellationToken) - 1;
        while (time.GetElapsedTime(begun) < streams.Value.StreamLifetime)
        {
            IReadOnlyList<DeploymentEvent>? steps = null;
            await listener.WaitForAsync(
                Topics.Deployments,
                appId,
                async () => (steps = await AfterAsync(appId, version, last, cancellationToken)) is not { Count: 0 },
                streams.Value.KeepAlive,
                time,
                cancellationToken);
            if (steps is null)
            {
                yield break; // it is not there any more
            }

            yield return steps;
            if (steps is [.., var latest])
            {
                last = latest.Id;
                if (latest.IsLast)
                {
                    yield break;
                }
            }
        }
    }

    private async Task<long> BeginningAsync(string appId, int version, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<long>(new CommandDefinition(
            "select coalesce(max(id) filter (where step = 'received'), 0) from deployment_events where app_id = @appId and version = @version",
            new { appId, version }, cancellationToken: cancellationToken));
    }

    // Null when there is no such version; an end that is known already is told again, so that nobody waits for another one.
    private async Task<IReadOnlyList<DeploymentEvent>?> AfterAsync(string appId, int version, long after, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var steps = (await connection.QueryAsync<Row>(new CommandDefinition(
            """
            select id, step, error, at from deployment_events where app_id = @appId and version = @version order by id
            """,
            new { appId, version }, cancellationToken: cancellationToken))).AsList();
        return steps.Count == 0 ? null : [.. steps.Select(row => row.ToEvent()).Where(step => step.Id > after || (step.IsLast && step.Id == steps[^1].Id))];
    }

    private sealed class Row
    {
        public long Id { get; init; }

        public string Step { get; init; } = "";

        public string? Error { get; init; }

        public DateTime At { get; init; }

        public DeploymentEvent ToEvent() => new(Id, Enum.Parse<DeploymentStep>(Step, ignoreCase: true), Error, At);
    }
}
