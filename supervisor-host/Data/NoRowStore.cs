using System.Text.Json;
using RootCx.Core.Audit;
using RootCx.Core.Errors;

namespace RootCx.SupervisorHost.Data;

/// <summary>Stands where there are no collections: every app is without entities.</summary>
internal sealed class NoRowStore : IRowStore
{
    /// <inheritdoc />
    public Task<string> InsertAsync(string appId, string entity, JsonElement data, RowActor actor, CancellationToken cancellationToken) => throw Missing(appId, entity);

    /// <inheritdoc />
    public Task<string> FindAsync(string appId, string entity, JsonElement? where, bool onlyFirst, CancellationToken cancellationToken) => throw Missing(appId, entity);

    /// <inheritdoc />
    public Task<string> UpdateAsync(string appId, string entity, JsonElement data, RowActor actor, CancellationToken cancellationToken) => throw Missing(appId, entity);

    /// <inheritdoc />
    public Task<bool> DeleteAsync(string appId, string entity, string id, RowActor actor, CancellationToken cancellationToken) => throw Missing(appId, entity);

    private static RefusedException Missing(string appId, string entity) => new(Refusal.NotFound, $"entity '{entity}' not found in app '{appId}'");
}
