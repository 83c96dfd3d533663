using Dapper;
using Npgsql;
using RootCx.Core.Errors;

namespace RootCx.Core.Auth;

/// <summary>
/// Bounds how often something is tried in a period, on all instances together. A try is counted before it is made, so many at once don't slip through; one that
/// succeeds is given back.
/// </summary>
public sealed class Throttle(NpgsqlDataSource database)
{
    /// <summary>Counts a try for each of these.</summary>
    /// <exception cref="RefusedException">One of them is over its limit (429); nothing counts then.</exception>
    public async Task TakeAsync(IReadOnlyList<ThrottleLimit> limits, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        foreach (var limit in limits.OrderBy(limit => limit.Key, StringComparer.Ordinal))
        {
            var (tries, left) = await connection.QuerySingleAsync<(int Tries, TimeSpan Left)>(new CommandDefinition(
                """
                insert into throttles as t (key, ends_at, tries) values (@Key, now() + @Period, 1)
                on conflict (key) do update set
                  tries = case when t.ends_at <= now() then 1 else t.tries + 1 end,
                  ends_at = case when t.ends_at <= now() then now() + @Period else t.ends_at end
                returning tries, ends_at - now()
                """,
                limit, cancellationToken: cancellationToken));
            if (tries > limit.Most)
            {
                throw new RefusedException(Refusal.TooMany, "too many attempts: try again later") { RetryAfter = left };
            }
        }

        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Gives back what was counted.</summary>
    public async Task GiveBackAsync(IReadOnlyList<ThrottleLimit> limits, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            with locked as materialized (select key from throttles where key = any (@keys) order by key collate "C" for no key update)
            update throttles set tries = tries - 1 from locked where throttles.key = locked.key and tries > 0
            """,
            new { keys = limits.Select(limit => limit.Key).ToArray() },
            cancellationToken: cancellationToken));
    }

    /// <summary>Forgets periods that are over.</summary>
    public async Task MaintainAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition("delete from throttles where ends_at <= now()", cancellationToken: cancellationToken));
    }
}

/// <summary>How often something may be tried.</summary>
/// <param name="Key">What.</param>
/// <param name="Most">So often.</param>
/// <param name="Period">From the first try on.</param>
public sealed record ThrottleLimit(string Key, int Most, TimeSpan Period);
