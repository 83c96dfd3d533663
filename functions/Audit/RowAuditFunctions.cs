using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using RootCx.Core.Audit.Rows;
using RootCx.Core.Auth;
using RootCx.Functions.Api;

namespace RootCx.Functions.Audit;

/// <summary>Shows what became of rows of apps' tables.</summary>
public sealed class RowAuditFunctions(RowAuditReader reader, Authenticator authenticator, Permissions permissions)
{
    /// <summary>
    /// <c>GET /api/v1/audit</c> → 200: newest first; see <see cref="RowAuditRequest"/> for what may be asked. Needs <c>*</c>, or <c>app:{id}:*</c> for one app's
    /// entries: with <c>?app_id=</c> or <c>?table_schema=</c>.
    /// </summary>
    [Function("RowAudit")]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/audit")] HttpRequest request)
    {
        var caller = await authenticator.RequireAsync(request);
        var cancellationToken = request.HttpContext.RequestAborted;
        if (RowAuditRequest.AppOf(request) is { } appId)
        {
            await permissions.RequireAppAdminAsync(caller, appId, cancellationToken);
        }
        else
        {
            await permissions.RequireAdminAsync(caller, cancellationToken);
        }

        return TypedResults.Json(await reader.ListAsync(RowAuditRequest.Read(request), cancellationToken), ApiJson.Plain.IReadOnlyListRowAuditEntry);
    }
}
