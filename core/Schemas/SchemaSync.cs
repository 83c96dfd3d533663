using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Apps;
using RootCx.Core.Errors;
using RootCx.Core.Manifests;

namespace RootCx.Core.Schemas;

/// <summary>
/// Makes an app's tables what its manifest says. The tables are the platform's, and the app may read and write them; what else it has made in its schema is left
/// alone, and tables whose entities are gone stay.
/// </summary>
public sealed class SchemaSync(AppDatabase databases, IOptions<AppOptions> options)
{
    private const int LongestSeconds = 600; // that converting the values of a large table may take

    /// <summary>What an install would change; changes nothing itself.</summary>
    /// <param name="connection">Need not be in a transaction.</param>
    /// <param name="manifest">What is wanted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Entities in the order of the manifest, then tables whose entities are gone; empty if there is nothing to do.</returns>
    /// <exception cref="RefusedException">Something that is not the platform's has a name that is needed (409).</exception>
    [SuppressMessage("Performance", "CA1822", Justification = "Who compares has it to apply as well.")]
    public async Task<IReadOnlyList<SchemaChange>> CompareAsync(NpgsqlConnection connection, Manifest manifest, CancellationToken cancellationToken) =>
        ChangesIn(await PlanAsync(connection, manifest, cancellationToken));

    /// <summary>Makes schema, role, tables, keys and indexes, in the caller's transaction. Nobody else may be doing it for the same app.</summary>
    /// <param name="connection">In a transaction, which is of no use after an exception.</param>
    /// <param name="manifest">What is wanted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What it has changed: the list that <see cref="CompareAsync"/> gives, so tables whose entities are gone are in it and stay.</returns>
    /// <exception cref="RefusedException">
    /// Something that is not the platform's has a name that is needed (409), or others did not let go of a table in time (503).
    /// </exception>
    /// <exception cref="PostgresException">
    /// The rows that are there don't allow it: a value can't be converted (class 22), is null (23502), points to nothing (23503), is there twice (23505) or is
    /// none of those allowed (23514); or a view of the app's shows a column whose type is to change (0A000).
    /// </exception>
    public async Task<IReadOnlyList<SchemaChange>> ApplyAsync(NpgsqlConnection connection, Manifest manifest, CancellationToken cancellationToken)
    {
        if (manifest.Entities.Count > 0)
        {
            await databases.EnsureAsync(connection, manifest.AppId, cancellationToken);
        }

        var plan = await PlanAsync(connection, manifest, cancellationToken);
        var statements = plan.SelectMany(change => change.Steps).OrderBy(step => step.Stage).Select(step => step.Sql).ToList();
        if (statements.Count > 0)
        {
            await ExecuteAsync(connection, manifest.AppId, statements, cancellationToken);
        }

        return ChangesIn(plan);
    }

    private static async Task<IReadOnlyList<PlannedChange>> PlanAsync(NpgsqlConnection connection, Manifest manifest, CancellationToken cancellationToken)
    {
        var present = await SchemaReader.ReadAsync(connection, manifest.AppId, cancellationToken);
        var same = await DefaultComparison.SameAsync(connection, SchemaDifference.DefaultsIn(present, manifest), cancellationToken);
        return new SchemaDifference(present, manifest, same).Find();
    }

    // All in one round trip. Whoever waits for a table to be free keeps everybody who comes later from it.
    private async Task ExecuteAsync(NpgsqlConnection connection, string appId, List<string> statements, CancellationToken cancellationToken)
    {
        var patience = ((int)options.Value.LockTimeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        await using var batch = new NpgsqlBatch(connection) { Timeout = LongestSeconds };
        foreach (var statement in statements.Prepend($"set local lock_timeout = {patience}").Append("set local lock_timeout = default"))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
        }

        try
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new RefusedException(
                Refusal.Unavailable,
                $"tables of app '{appId}' have to be changed and were in use for all of {options.Value.LockTimeout.TotalSeconds:0.#} s: end what uses them, or try again later");
        }
    }

    private static IReadOnlyList<SchemaChange> ChangesIn(IEnumerable<PlannedChange> plan) => [.. plan.Select(change => change.Change)];
}
