using Npgsql;
using NpgsqlTypes;
using RootCx.Core.Audit;

namespace RootCx.Core.Collections;

/// <summary>Runs a statement that writes rows on somebody's behalf: who it is travels with it, in the same transaction and the same round trip.</summary>
internal static class RowSession
{
    private const string Actor = "select set_config('rootcx.actor_uid', $1, true), set_config('rootcx.trigger_ref', $2, true)";

    /// <summary>The batch of both; its first result is to be passed over.</summary>
    public static NpgsqlBatch For(NpgsqlConnection connection, RowActor actor, SqlBuilder statement)
    {
        var named = new NpgsqlBatchCommand(Actor);
        named.Parameters.Add(new NpgsqlParameter<string> { TypedValue = actor.UserId?.ToString() ?? "", NpgsqlDbType = NpgsqlDbType.Text });
        named.Parameters.Add(new NpgsqlParameter<string> { TypedValue = actor.Trigger, NpgsqlDbType = NpgsqlDbType.Text });
        return new NpgsqlBatch(connection) { BatchCommands = { named, statement.ToBatchCommand() } };
    }
}
