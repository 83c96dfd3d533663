using System.Text.Json;
using RootCx.Core.Audit;
using RootCx.Core.Errors;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Data;

/// <summary>What workers do with <c>ctx.collection</c>. All apps together have a bounded share of the platform's connections.</summary>
public sealed class RowOperations(IRowStore rows) : IDisposable
{
    private const int MostAtOnce = 32;

    private readonly SemaphoreSlim _turns = new(MostAtOnce);

    /// <summary>Carries an operation out; returns its result as JSON.</summary>
    /// <exception cref="RefusedException">It can't be; the text is for the app's developer.</exception>
    public async Task<string> RunAsync(string appId, CollectionOperation operation, RowActor actor, CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken);
        try
        {
            var (entity, data) = (operation.Entity, operation.Data);
            return operation.Op switch
            {
                "insert" => await rows.InsertAsync(appId, entity, RequireObject(data, "the data of insert()"), actor, cancellationToken),
                "find" => await rows.FindAsync(appId, entity, WhereOf(data), onlyFirst: false, cancellationToken),
                "find_one" => await rows.FindAsync(appId, entity, WhereOf(data), onlyFirst: true, cancellationToken),
                "update" => await rows.UpdateAsync(appId, entity, RequireChange(data), actor, cancellationToken),
                "delete" => await rows.DeleteAsync(appId, entity, IdIn(data) ?? throw Invalid("id required for delete"), actor, cancellationToken) ? "true" : "false",
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

    private static JsonElement? WhereOf(JsonElement data) =>
        data.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? null : RequireObject(data, "the condition of find()");

    private static JsonElement RequireChange(JsonElement data)
    {
        if (IdIn(RequireObject(data, "the data of update()")) is null)
        {
            throw Invalid("id required for update");
        }

        return data.EnumerateObject().Any(field => !field.NameEquals("id"u8)) ? data : throw Invalid("no fields to update");
    }

    private static JsonElement RequireObject(JsonElement data, string what) =>
        data.ValueKind == JsonValueKind.Object ? data : throw Invalid($"{what} must be an object");

    private static string? IdIn(JsonElement data) => data.ValueKind == JsonValueKind.Object && data.TryGetProperty("id"u8, out var id)
        ? id.ValueKind switch
        {
            JsonValueKind.String => WorkerAnswer.TextOf(id),
            JsonValueKind.Number => id.GetRawText(),
            _ => null,
        }
        : null;

    private static RefusedException Invalid(string message) => new(Refusal.Invalid, message);
}
