using Microsoft.AspNetCore.Http;
using RootCx.Core.Apps;
using RootCx.Core.Auth;
using RootCx.Core.Errors;
using RootCx.Core.Workers;
using RootCx.Functions.Api;

namespace RootCx.Functions.Jobs;

/// <summary>Who may do what with an app's jobs: everybody with their own, the app's worker and holders of a permission with all.</summary>
public sealed class JobAccess(Authenticator authenticator, Permissions permissions, WorkerDirectory workers)
{
    /// <summary>Whoever asks may enqueue.</summary>
    /// <exception cref="RefusedException">401, 403.</exception>
    public Task<Principal> EnqueuingAsync(HttpRequest request, string appId) => authenticator.RequireUserOrWorkerAsync(request, AppId.Require(appId));

    /// <summary>For whom a job is to run: for whoever enqueues it, unless an administrator names somebody else.</summary>
    /// <exception cref="RefusedException">Somebody who is no administrator names somebody else (403).</exception>
    public async Task<Guid?> OwnerAsync(Principal principal, Guid? named, CancellationToken cancellationToken)
    {
        if (named is null || named == principal.User?.UserId)
        {
            return principal.User?.UserId;
        }

        await permissions.RequireAdminAsync(
            principal.User ?? throw new RefusedException(Refusal.Forbidden, "admin access required"), cancellationToken);
        return named;
    }

    /// <summary>Whose jobs the caller may see or change: null for everybody's, else the caller's own.</summary>
    /// <param name="request">Who asks.</param>
    /// <param name="appId">Whose jobs.</param>
    /// <param name="permission">What lets one do it with all: <c>jobs.read</c> or <c>jobs.manage</c>.</param>
    /// <exception cref="RefusedException">401, 403, or there is no such app (404).</exception>
    public async Task<Guid?> ScopeAsync(HttpRequest request, string appId, string permission)
    {
        var principal = await authenticator.RequireUserOrWorkerAsync(request, AppId.Require(appId));
        var cancellationToken = request.HttpContext.RequestAborted;
        if (await workers.FindAsync(appId, cancellationToken) is null)
        {
            throw new RefusedException(Refusal.NotFound, $"app '{appId}' not found");
        }

        return principal.User is { } user && !await permissions.HasAsync(user.UserId, $"app:{appId}:{permission}", cancellationToken) ? user.UserId : null;
    }

    /// <summary>The caller may see all of the app's jobs.</summary>
    /// <exception cref="RefusedException">401, 403, or there is no such app (404).</exception>
    public async Task RequireAllAsync(HttpRequest request, string appId)
    {
        if (await ScopeAsync(request, appId, "jobs.read") is not null)
        {
            throw new RefusedException(Refusal.Forbidden, $"permission denied: app:{appId}:jobs.read");
        }
    }
}
