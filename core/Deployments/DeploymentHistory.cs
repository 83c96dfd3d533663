using Dapper;
using Npgsql;
using RootCx.Core.Errors;

namespace RootCx.Core.Deployments;

/// <summary>Shows the versions of apps.</summary>
public sealed class DeploymentHistory(NpgsqlDataSource database)
{
    private const string Columns =
        """
        version as "Version", state as "State", created_at as "CreatedAt", created_by as "CreatedBy", size as "Size", sha256 as "Sha256",
        entry_point as "EntryPoint", error as "Error", frontend_id is not null as "Frontend", state = 'live' as "Live"
        """;

    /// <summary>All versions that are kept, newest first.</summary>
    /// <exception cref="RefusedException">There is no such app, and nothing was ever deployed under that name (404).</exception>
    public async Task<IReadOnlyList<DeploymentSummary>> ListAsync(string appId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = (await connection.QueryAsync<DeploymentSummary>(new CommandDefinition(
            $"select {Columns} from deployments where app_id = @appId order by version desc", new { appId }, cancellationToken: cancellationToken))).AsList();
        return rows.Count > 0 || await ExistsAsync(connection, appId, cancellationToken) ? rows : throw new RefusedException(Refusal.NotFound, $"app '{appId}' not found");
    }

    /// <summary>One version.</summary>
    /// <exception cref="RefusedException">It is not there, or not any more (404).</exception>
    public async Task<DeploymentSummary> GetAsync(string appId, int version, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<DeploymentSummary>(new CommandDefinition(
            $"select {Columns} from deployments where app_id = @appId and version = @version", new { appId, version }, cancellationToken: cancellationToken))
            ?? throw DeploymentStore.Unknown(appId, version);
    }

    private static Task<bool> ExistsAsync(NpgsqlConnection connection, string appId, CancellationToken cancellationToken) => connection.ExecuteScalarAsync<bool>(
        new CommandDefinition("select exists (select from apps where id = @appId)", new { appId }, cancellationToken: cancellationToken));
}

/// <summary>A version of an app.</summary>
/// <param name="Version">1, 2, 3, …</param>
/// <param name="State"><c>pending</c>, <c>installing</c>, <c>starting</c>, <c>live</c>, <c>superseded</c> or <c>failed</c>.</param>
/// <param name="CreatedAt">When it was uploaded; UTC.</param>
/// <param name="CreatedBy">The user who did, or null for one who is gone.</param>
/// <param name="Size">Of the archive as uploaded, in bytes.</param>
/// <param name="Sha256">Of the same; lower-case hex.</param>
/// <param name="EntryPoint">What its worker is started with, once it was live; null for one that has pages only.</param>
/// <param name="Error">Why it failed, or could not be activated when that was tried last; else null.</param>
/// <param name="Frontend">Whether pages belong to it.</param>
/// <param name="Live">Whether it serves.</param>
public sealed record DeploymentSummary(
    int Version, string State, DateTime CreatedAt, Guid? CreatedBy, long Size, string Sha256, string? EntryPoint, string? Error, bool Frontend, bool Live);
