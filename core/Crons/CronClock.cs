using Dapper;
using Npgsql;

namespace RootCx.Core.Crons;

/// <summary>The clock that crons go by: the database's, so that all instances agree on what is past. Tests set another.</summary>
public class CronClock
{
    /// <summary>The present moment.</summary>
    public virtual async Task<DateTimeOffset> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        new(await connection.ExecuteScalarAsync<DateTime>(new CommandDefinition("select clock_timestamp()", cancellationToken: cancellationToken)));
}
