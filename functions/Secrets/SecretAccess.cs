using Microsoft.AspNetCore.Http;
using RootCx.Core.Apps;
using RootCx.Core.Auth;
using RootCx.Core.Errors;
using RootCx.Core.Secrets;
using RootCx.Functions.Api;

namespace RootCx.Functions.Secrets;

/// <summary>Who may see and change secrets: those of an app who administers it, those of the platform its administrators. Workers may not.</summary>
public sealed class SecretAccess(Authenticator authenticator, Permissions permissions, SecretStore store)
{
    /// <summary>The caller holds <c>*</c> or <c>app:{appId}:*</c>, and there is such an app.</summary>
    /// <exception cref="RefusedException">401, 403, or there is no such app (404).</exception>
    public async Task RequireAppAsync(HttpRequest request, string appId)
    {
        var caller = await authenticator.RequireAsync(request);
        await permissions.RequireAppAdminAsync(caller, AppId.Require(appId), request.HttpContext.RequestAborted);
        await store.RequireAppAsync(appId, request.HttpContext.RequestAborted);
    }

    /// <summary>The caller holds <c>*</c>.</summary>
    /// <exception cref="RefusedException">401, 403.</exception>
    public async Task RequirePlatformAsync(HttpRequest request) =>
        await permissions.RequireAdminAsync(await authenticator.RequireAsync(request), request.HttpContext.RequestAborted);
}
