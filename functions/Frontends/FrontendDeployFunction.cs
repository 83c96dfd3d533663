using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using RootCx.Core.Apps;
using RootCx.Core.Deployments;
using RootCx.Core.Frontends;
using RootCx.Functions.Api;
using RootCx.Functions.Deployments;

namespace RootCx.Functions.Frontends;

/// <summary>Takes front ends of apps.</summary>
public sealed class FrontendDeployFunction(FrontendDeployer deployer, IOptions<DeploymentOptions> options, TimeProvider time, Authenticator authenticator)
{
    /// <summary>
    /// <c>POST /api/v1/apps/{appId}/frontend</c>, multipart, the first field being a tar.gz of files: 200 <c>{message, url}</c> once they are served. Needs <c>*</c> or
    /// <c>app:{appId}:*</c>.
    /// </summary>
    [Function("FrontendDeploy")]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/apps/{appId}/frontend")] HttpRequest request, string appId)
    {
        await authenticator.RequireAsync(request); // whatever else is wrong
        var actor = await authenticator.RequireAppAdminAsync(request, AppId.RequireUnreserved(appId));
        await FirstField.TakeAsync(
            request,
            "archive",
            options.Value.UploadTimeout,
            time,
            async (archive, stop) =>
            {
                await deployer.DeployAsync(appId, archive, actor, stop);
                return archive;
            });
        return TypedResults.Json(new FrontendDeployedBody($"frontend for '{appId}' deployed", $"/apps/{appId}/"), ApiJson.Plain.FrontendDeployedBody);
    }
}

/// <summary>Answer of a deploy.</summary>
internal sealed record FrontendDeployedBody(string Message, string Url);
