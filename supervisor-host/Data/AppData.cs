using RootCx.Core.Apps;
using RootCx.Core.Audit;

namespace RootCx.SupervisorHost.Data;

/// <summary>What workers may do with their apps' data.</summary>
public sealed class AppData(RowOperations rows, AppSql sql, AppConnections connections)
{
    /// <summary>Carries an operation out; returns its result as JSON.</summary>
    /// <param name="appId">The app.</param>
    /// <param name="operation">What to do.</param>
    /// <param name="actor">Who is on record for it. What is done with SQL is on record as the app's own.</param>
    /// <param name="mostBytes">Longest result; of a row that was written it may be more.</param>
    /// <param name="cancellationToken">Nobody waits any more.</param>
    /// <exception cref="RootCx.Core.Errors.RefusedException">It can't be; the text is for the app's developer.</exception>
    /// <exception cref="Npgsql.NpgsqlException">The database is not there.</exception>
    public async Task<ReadOnlyMemory<byte>> RunAsync(string appId, WorkerOperation operation, RowActor actor, int mostBytes, CancellationToken cancellationToken) => operation switch
    {
        CollectionOperation collection => await rows.RunAsync(appId, collection, actor, mostBytes, cancellationToken),
        SqlQuery query => await sql.RunAsync(appId, query, mostBytes, cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, message: null),
    };

    /// <summary>A worker of the app has ended: what is held for it is given up.</summary>
    public void Forget(string appId) => connections.Forget(appId);
}
