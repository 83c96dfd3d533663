using Microsoft.AspNetCore.Http;
using RootCx.Core.Apps;
using RootCx.Core.Audit;
using RootCx.Core.Errors;
using RootCx.Core.Secrets;
using RootCx.Functions.Api;

namespace RootCx.Functions.Secrets;

/// <summary>Who may see and change secrets of an app: who administers it. Workers may not.</summary>
public sealed class SecretAccess(Authenticator authenticator, SecretStore store)
{
    /// <summary>The caller holds <c>*</c> or <c>app:{appId}:*</c>, and there is such an app.</summary>
    /// <exception cref="RefusedException">401, 403, or there is no such app (404).</exception>
    public async Task<Actor> RequireAppAsync(HttpRequest request, string appId)
    {
        var actor = await authenticator.RequireAppAdminAsync(request, AppId.Require(appId));
        await store.RequireAppAsync(appId, request.HttpContext.RequestAborted);
        return actor;
    }
}
