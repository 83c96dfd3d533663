using Microsoft.AspNetCore.Http;
using RootCx.Core.Apps;
using RootCx.Core.Audit;
using RootCx.Core.Auth;
using RootCx.Core.Collections;
using RootCx.Core.Errors;
using RootCx.Core.Manifests;
using RootCx.Functions.Api;

namespace RootCx.Functions.Collections;

/// <summary>Who may do what with an app's rows: the app's own worker everything, users what they hold <c>app:{appId}:{entity}.{action}</c> for.</summary>
public sealed class CollectionAccess(Authenticator authenticator, Permissions permissions, AppManifests manifests)
{
    /// <summary>The caller may do this with the entity's rows.</summary>
    /// <param name="request">Who asks.</param>
    /// <param name="appId">Whose rows.</param>
    /// <param name="entity">Which rows.</param>
    /// <param name="actions"><c>create</c>, <c>read</c>, <c>update</c> or <c>delete</c>; all of them are needed.</param>
    /// <param name="id">The record, if it is about one.</param>
    /// <exception cref="RefusedException">In this order: 401, 403 for a schema that is no app's, 400 for an id that is none, 404 for an unknown entity, 403.</exception>
    public async Task<CollectionCall> RequireAsync(HttpRequest request, string appId, string entity, IReadOnlyList<string> actions, string? id = null)
    {
        var principal = await authenticator.RequireUserOrWorkerAsync(request, appId);
        if (AppId.IsSystemSchema(appId))
        {
            throw new RefusedException(Refusal.Forbidden, $"access to schema '{appId}' is blocked");
        }

        var cancellationToken = request.HttpContext.RequestAborted;
        var found = (await manifests.FindAsync(AppId.Require(appId), cancellationToken))?.Find(entity);
        var key = id is null ? null : RowKey.Require(found, id);
        if (found is null)
        {
            throw new RefusedException(Refusal.NotFound, $"entity '{entity}' not found in app '{appId}'");
        }

        var grants = principal.User is { } user ? await permissions.OfAsync(user.UserId, cancellationToken) : null;
        foreach (var wanted in actions.Select(action => $"app:{appId}:{entity}.{action}"))
        {
            if (grants?.Allows(wanted) == false)
            {
                throw new RefusedException(Refusal.Forbidden, $"permission denied: {wanted}");
            }
        }

        var actor = new RowActor(principal.User?.UserId, principal.User is null ? RowActor.Worker : RowActor.Api);
        return new CollectionCall(new EntityTable(appId, found), actor, grants ?? new Grants([]), key);
    }
}

/// <summary>What was asked for, by somebody who may.</summary>
/// <param name="Table">Which rows.</param>
/// <param name="Actor">On whose behalf.</param>
/// <param name="Grants">What else the caller may do; nothing for a worker.</param>
/// <param name="Id">The record, if it is about one.</param>
public sealed record CollectionCall(EntityTable Table, RowActor Actor, Grants Grants, object? Id);
