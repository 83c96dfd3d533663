using System.Text.Json;
using RootCx.Core.Audit;
using RootCx.Core.Collections;
using RootCx.Core.Errors;
using RootCx.Core.Json;
using RootCx.Core.Manifests;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Data;

/// <summary>
/// What workers do with <c>ctx.collection</c>: with the app's own authority, so nobody's permissions are asked for. All apps together have a bounded share of the
/// platform's connections.
/// </summary>
public sealed class RowOperations(AppManifests manifests, RowFinder finder, RowWriter writer) : IDisposable
{
    private const int MostAtOnce = 32;

    private static readonly ReadOnlyMemory<byte> Yes = "true"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> No = "false"u8.ToArray();

    private readonly SemaphoreSlim _turns = new(MostAtOnce);

    /// <summary>Carries an operation out; returns its result as JSON.</summary>
    /// <param name="appId">The app.</param>
    /// <param name="operation">What to do.</param>
    /// <param name="actor">Who is on record for it.</param>
    /// <param name="mostBytes">Longest result of a search. A single row that was written is returned as it is.</param>
    /// <param name="cancellationToken">Nobody waits any more.</param>
    /// <exception cref="RefusedException">It can't be; the text is for the app's developer.</exception>
    public async Task<ReadOnlyMemory<byte>> RunAsync(
        string appId, CollectionOperation operation, RowActor actor, int mostBytes, CancellationToken cancellationToken)
    {
        JsonDepth.Require(operation.Data);
        await _turns.WaitAsync(cancellationToken);
        try
        {
            var data = operation.Data;
            var table = new EntityTable(appId, (await manifests.FindAsync(appId, cancellationToken))?.Find(operation.Entity) ?? throw Missing(appId, operation.Entity));
            return operation.Op switch
            {
                "insert" => (await writer.CreateAsync(table, RequireObject(data, "the data of insert()"), actor, onConflict: null, cancellationToken)).Json,
                "find" => await finder.FindAsync(table, WhereOf(data), onlyFirst: false, mostBytes, cancellationToken),
                "find_one" => await finder.FindAsync(table, WhereOf(data), onlyFirst: true, mostBytes, cancellationToken),
                "update" => await UpdateAsync(table, data, actor, cancellationToken),
                "delete" => await DeleteAsync(table, data, actor, cancellationToken),
                _ => throw Invalid($"unknown operation '{operation.Op}': expected insert, find, find_one, update or delete"),
            };
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _turns.Dispose();

    private async Task<ReadOnlyMemory<byte>> UpdateAsync(EntityTable table, JsonElement data, RowActor actor, CancellationToken cancellationToken)
    {
        var id = IdIn(RequireObject(data, "the data of update()")) ?? throw Invalid("id required for update");
        return data.EnumerateObject().Any(field => !IsId(field))
            ? await writer.UpdateAsync(table, RowKey.Require(table.Entity, id), data, actor, RowVersion.Any, cancellationToken)
            : throw Invalid("no fields to update");
    }

    private async Task<ReadOnlyMemory<byte>> DeleteAsync(EntityTable table, JsonElement data, RowActor actor, CancellationToken cancellationToken)
    {
        var id = IdIn(data) ?? throw Invalid("id required for delete");
        try
        {
            await writer.DeleteAsync(table, RowKey.Require(table.Entity, id), actor, RowVersion.Any, cancellationToken);
            return Yes;
        }
        catch (RefusedException refused) when (refused.Refusal == Refusal.NotFound)
        {
            return No;
        }
    }

    private static JsonElement? WhereOf(JsonElement data) =>
        data.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? null : RequireObject(data, "the condition of find()");

    private static JsonElement RequireObject(JsonElement data, string what) =>
        data.ValueKind == JsonValueKind.Object ? data : throw Invalid($"{what} must be an object");

    private static string? IdIn(JsonElement data)
    {
        var id = data.ValueKind == JsonValueKind.Object ? data.EnumerateObject().LastOrDefault(IsId).Value : default;
        return id.ValueKind switch
        {
            JsonValueKind.String => WorkerAnswer.TextOf(id),
            JsonValueKind.Number => id.GetRawText(),
            _ => null,
        };
    }

    // What looks a name up, or compares one, throws at another that is no Unicode text.
    private static bool IsId(JsonProperty field) => JsonText.NameOrNull(field) == "id";

    private static RefusedException Missing(string appId, string entity) => new(Refusal.NotFound, $"entity '{entity}' not found in app '{appId}'");

    private static RefusedException Invalid(string message) => new(Refusal.Invalid, message);
}
