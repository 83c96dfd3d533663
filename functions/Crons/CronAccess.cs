using Microsoft.AspNetCore.Http;
using RootCx.Core.Apps;
using RootCx.Core.Auth;
using RootCx.Core.Crons;
using RootCx.Core.Errors;
using RootCx.Functions.Api;

namespace RootCx.Functions.Crons;

/// <summary>
/// Who may do what with crons: <c>app:{appId}:cron.read</c>, <c>.write</c> and <c>.trigger</c> for one's own and for those of nobody, <c>.manage_others</c> for
/// everybody's. An app's own worker may do all three, with those of nobody: what runs for somebody is for people to decide.
/// </summary>
public sealed class CronAccess(Authenticator authenticator, Permissions permissions, CronReader reader)
{
    /// <summary>The caller may do this with crons of the app; returns with whose.</summary>
    /// <param name="request">Who asks.</param>
    /// <param name="appId">Whose crons.</param>
    /// <param name="action"><c>read</c>, <c>write</c> or <c>trigger</c>.</param>
    /// <exception cref="RefusedException">Nobody known asks (401), or may not; system schemas have no crons (403).</exception>
    public async Task<CronRange> RequireAsync(HttpRequest request, string appId, string action)
    {
        var principal = await authenticator.RequireUserOrWorkerAsync(request, AppId.Require(appId));
        if (AppId.IsReserved(appId))
        {
            throw new RefusedException(Refusal.Forbidden, $"reserved app_id: '{appId}'");
        }

        if (principal.User is not { } user)
        {
            return new CronRange(null, false);
        }

        var grants = await permissions.OfAsync(user.UserId, request.HttpContext.RequestAborted);
        return grants.Allows(Key(appId, action))
            ? new CronRange(user.UserId, grants.Allows(Key(appId, "manage_others")))
            : throw new RefusedException(Refusal.Forbidden, $"missing {Key(appId, action)}");
    }

    /// <summary>The caller may do this with this cron; returns it, and the caller.</summary>
    /// <exception cref="RefusedException">As above; no id (400), no such cron (404), somebody else's (403).</exception>
    public async Task<(Cron Cron, Guid? Caller)> RequireOwnerAsync(HttpRequest request, string appId, string cronId, string action)
    {
        var range = await RequireAsync(request, appId, action);
        var cron = await reader.GetAsync(appId, RouteIds.Require(cronId), request.HttpContext.RequestAborted);
        return range.Has(cron) ? (cron, range.Owner) : throw new RefusedException(Refusal.Forbidden, "not the cron owner");
    }

    /// <summary>All crons that the caller may see.</summary>
    /// <exception cref="RefusedException">401; a worker's token (403).</exception>
    public async Task<IReadOnlyList<Cron>> ListAllAsync(HttpRequest request)
    {
        var cancellationToken = request.HttpContext.RequestAborted;
        var user = await authenticator.RequireAsync(request);
        var grants = await permissions.OfAsync(user.UserId, cancellationToken);
        var readable = (await reader.AppsAsync(cancellationToken)).Where(appId => grants.Allows(Key(appId, "read")))
            .ToLookup(appId => grants.Allows(Key(appId, "manage_others")));
        return await reader.ListAsync([.. readable[true]], [.. readable[false]], user.UserId, cancellationToken);
    }

    private static string Key(string appId, string action) => $"app:{appId}:cron.{action}";
}
