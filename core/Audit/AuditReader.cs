using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Json;

namespace RootCx.Core.Audit;

/// <summary>Shows what was recorded, and bounds it.</summary>
public sealed class AuditReader(NpgsqlDataSource database, IOptions<AuditOptions> options)
{
    private const int Batch = 5000;

    /// <summary>Deletes what is past the retention, some at a time.</summary>
    public async Task MaintainAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        while (await connection.ExecuteAsync(new CommandDefinition(
            "delete from platform_audit where id in (select id from platform_audit where at < now() - @Retention order by at limit @Batch)",
            new { options.Value.Retention, Batch }, cancellationToken: cancellationToken)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The entries that match, newest first.</summary>
    public async Task<IReadOnlyList<AuditEntry>> ListAsync(AuditFilter filter, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<(long Id, DateTime At, string Action, Guid? ActorId, string? ActorEmail, string? Address, string? AppId, string? Target, string? Detail)>(
            new CommandDefinition(
                """
                select id, at, action, actor_id, actor_email, address, app_id, target, detail from platform_audit
                where (@Before::bigint is null or id < @Before) and (@Action::text is null or action = @Action)
                  and (@ActorId::uuid is null or actor_id = @ActorId) and (@AppId::text is null or app_id = @AppId)
                order by id desc limit @Most
                """,
                filter, cancellationToken: cancellationToken));
        return
        [
            .. rows.Select(row => new AuditEntry(
                row.Id, row.At, row.Action, row.ActorId, row.ActorEmail, row.Address, row.AppId, row.Target, row.Detail is null ? null : new RawJson(row.Detail))),
        ];
    }
}
