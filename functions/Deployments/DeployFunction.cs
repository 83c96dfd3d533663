using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using RootCx.Core.Apps;
using RootCx.Core.Deployments;
using RootCx.Functions.Api;

namespace RootCx.Functions.Deployments;

/// <summary>Takes new versions of apps.</summary>
public sealed class DeployFunction(Deployer deployer, Authenticator authenticator)
{
    /// <summary>
    /// <c>POST /api/v1/apps/{appId}/deploy</c>, multipart, the first field being a tar.gz: 200 once the new version serves. Needs <c>*</c> or <c>app:{appId}:*</c>.
    /// </summary>
    [Function("Deploy")]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/apps/{appId}/deploy")] HttpRequest request, string appId)
    {
        await authenticator.RequireAsync(request); // whatever else is wrong
        var actor = await authenticator.RequireAppAdminAsync(request, AppId.RequireUnreserved(appId));
        await using var archive = await FirstField.OpenAsync(request, "archive");
        await deployer.DeployAsync(appId, archive, actor, request.HttpContext.RequestAborted);
        return ApiResult.Message($"app '{appId}' deployed and started");
    }
}
