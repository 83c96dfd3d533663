using System.Text.Json.Nodes;
using Dapper;
using Npgsql;

namespace RootCx.Core.Audit;

/// <summary>Records what people do to the platform. What is recorded with a change is recorded in its transaction: there is neither without the other.</summary>
public static class AuditTrail
{
    /// <summary>Records one thing.</summary>
    /// <param name="connection">In the transaction of the change, if there is one.</param>
    /// <param name="actor">Who did it.</param>
    /// <param name="action">One of <see cref="AuditActions"/>.</param>
    /// <param name="target">To what: a user's id, a role's name, a secret's name.</param>
    /// <param name="appId">To which app.</param>
    /// <param name="detail">What else matters; never a secret or a password.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task RecordAsync(
        NpgsqlConnection connection,
        Actor actor,
        string action,
        string? target = null,
        string? appId = null,
        JsonObject? detail = null,
        CancellationToken cancellationToken = default) => connection.ExecuteAsync(new CommandDefinition(
            """
            insert into platform_audit (action, actor_id, actor_email, address, app_id, target, detail)
            values (@action, @UserId, @Email, @Address, @appId, @target, @detail::json)
            """,
            new { action, actor.UserId, actor.Email, actor.Address, appId, target, detail = detail?.ToJsonString() }, cancellationToken: cancellationToken));
}
