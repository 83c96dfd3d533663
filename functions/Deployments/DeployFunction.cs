using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using RootCx.Core.Apps;
using RootCx.Core.Deployments;
using RootCx.Functions.Api;

namespace RootCx.Functions.Deployments;

/// <summary>Takes new versions of apps.</summary>
public sealed class DeployFunction(
    Deployer deployer, DeploymentHistory history, IOptions<DeploymentOptions> options, TimeProvider time, Authenticator authenticator)
{
    /// <summary>
    /// <c>POST /api/v1/apps/{appId}/deploy</c>, multipart, the first field being a tar.gz: 200 once the new version serves; 202 with the deployment if that takes longer than answers
    /// can wait, or at once with <c>?wait=false</c>. Needs <c>*</c> or <c>app:{appId}:*</c>.
    /// </summary>
    [Function("Deploy")]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/apps/{appId}/deploy")] HttpRequest request, string appId)
    {
        await authenticator.RequireAsync(request); // whatever else is wrong
        var actor = await authenticator.RequireAppAdminAsync(request, AppId.RequireUnreserved(appId));
        var aborted = request.HttpContext.RequestAborted;
        var wait = request.QueryFlag("wait") ?? true;
        var deployment = await FirstField.TakeAsync(
            request, "archive", options.Value.UploadTimeout, time, (archive, stop) => deployer.ReceiveAsync(appId, archive, actor, stop));
        if (wait && await deployer.WaitAsync(deployment, aborted))
        {
            return ApiResult.Message($"app '{appId}' deployed and started");
        }

        request.HttpContext.Response.Headers.Location = $"/api/v1/apps/{appId}/deployments/{deployment.Version}";
        return TypedResults.Json(
            await history.GetAsync(appId, deployment.Version, aborted), ApiJson.Plain.DeploymentSummary, statusCode: StatusCodes.Status202Accepted);
    }
}
