using System.Data;
using Npgsql;
using RootCx.Core.Apps;
using RootCx.Core.Database;
using RootCx.Core.Errors;

namespace RootCx.SupervisorHost.Data;

/// <summary>Runs the statements of <c>ctx.sql</c>, each in a transaction of its own, logged in as the app.</summary>
public sealed class AppSql(AppConnections connections)
{
    private static readonly string TooSlow = $"the statement took longer than {AppConnections.StatementTime.TotalSeconds:0} s and was cancelled";

    /// <summary>
    /// Runs one; returns its result as JSON. A statement whose result can't be returned has not happened, and neither has what was run to be explained.
    /// </summary>
    /// <param name="appId">The app.</param>
    /// <param name="query">The statement and its parameters.</param>
    /// <param name="mostBytes">Longest result.</param>
    /// <param name="cancellationToken">Nobody waits any more; the server stops it.</param>
    /// <exception cref="RefusedException">It can't be; the text is PostgreSQL's, or ours, for the app's developer.</exception>
    /// <exception cref="NpgsqlException">The database is not there.</exception>
    public async Task<ReadOnlyMemory<byte>> RunAsync(string appId, SqlQuery query, int mostBytes, CancellationToken cancellationToken)
    {
        var explains = SqlStatement.Require(query.Text);
        JsonDepth.Require(query.Parameters);
        await using var command = new NpgsqlCommand(query.Text);
        command.AllResultTypesAreUnknown = true; // as texts: the server knows how to write each of its types
        SqlParameters.Add(command, query.Parameters);
        try
        {
            await using var connection = await connections.OpenAsync(appId, cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            command.Connection = connection;
            command.Transaction = transaction;
            var result = await ReadAsync(command, mostBytes, cancellationToken);
            if (!explains)
            {
                await transaction.CommitAsync(cancellationToken);
            }

            return result;
        }
        catch (PostgresException exception)
        {
            throw new RefusedException(Refusal.Invalid, exception.SqlState == PostgresErrorCodes.QueryCanceled ? TooSlow : exception.MessageText);
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(NpgsqlCommand command, int mostBytes, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken);
        try
        {
            var result = await SqlResult.ReadAsync(reader, mostBytes, cancellationToken);
            RequireNoTable(reader);
            return result;
        }
        catch (RefusedException)
        {
            await reader.AbandonAsync(command);
            throw;
        }
    }

    // A select … into is told by what the server says of it: like a query it affects no number of rows, but it has no columns.
    private static void RequireNoTable(NpgsqlDataReader reader)
    {
        if (reader is { FieldCount: 0, RecordsAffected: < 0 })
        {
            throw new RefusedException(Refusal.Invalid, "sql() takes no select … into, which makes a table, and no select without columns");
        }
    }
}
