using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using RootCx.Core.Apps;
using RootCx.Functions.Api;
using RootCx.Functions.Secrets;

namespace RootCx.Functions.Apps;

/// <summary>An app's database login. Needs <c>*</c> or <c>app:{appId}:*</c>. The password is never shown; only the app's worker gets it.</summary>
public sealed class AppDatabaseFunction(AppDatabase databases, SecretAccess access)
{
    /// <summary><c>POST /api/v1/apps/{appId}/database/password</c> → 200 <c>{message, workers_restarted}</c>: another password, and a worker that has it.</summary>
    [Function("AppDatabasePassword")]
    public async Task<IResult> Rotate(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/apps/{appId}/database/password")] HttpRequest request, string appId)
    {
        var actor = await access.RequireAppAsync(request, appId);
        var restarted = await databases.RotateAsync(actor, appId, request.HttpContext.RequestAborted);
        return TypedResults.Json(new SecretChangedBody($"database password of app '{appId}' rotated", restarted), ApiJson.Plain.SecretChangedBody);
    }
}
