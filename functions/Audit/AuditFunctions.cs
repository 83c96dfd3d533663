using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using RootCx.Core.Audit;
using RootCx.Functions.Api;

namespace RootCx.Functions.Audit;

/// <summary>Shows what people did to the platform.</summary>
public sealed class AuditFunctions(AuditReader reader, Authenticator authenticator)
{
    private const int UsualLimit = 100;
    private const int MostLimit = 1000;

    /// <summary>
    /// <c>GET /api/v1/audit/platform</c> → 200: newest first; <c>?action=</c>, <c>?actorId=</c>, <c>?appId=</c>, <c>?before=</c> ids below, <c>?limit=</c> 1 to 1000, 100 by
    /// default. Administrators only.
    /// </summary>
    [Function("PlatformAudit")]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/audit/platform")] HttpRequest request)
    {
        await authenticator.RequireAdminAsync(request);
        var filter = new AuditFilter(
            (int)(request.QueryNumber("limit", 1, MostLimit) ?? UsualLimit),
            request.QueryNumber("before", 1, long.MaxValue),
            request.QueryText("action"),
            request.QueryText("actorId") is { } actor ? RouteIds.Require(actor) : null,
            request.QueryText("appId"));
        return TypedResults.Json(await reader.ListAsync(filter, request.HttpContext.RequestAborted), ApiJson.Plain.IReadOnlyListAuditEntry);
    }
}
