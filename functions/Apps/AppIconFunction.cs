using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using RootCx.Core.Apps;
using RootCx.Core.Deployments;
using RootCx.Core.Errors;
using RootCx.Functions.Api;

namespace RootCx.Functions.Apps;

/// <summary>Shows apps' icons.</summary>
public sealed class AppIconFunction(AppIcons icons, Authenticator authenticator)
{
    /// <summary>
    /// <c>GET /api/v1/apps/{appId}/icon</c> → 200: the image that the manifest's <c>icon</c> names, as it was in the archive of the live version; 404. Any user.
    /// </summary>
    [Function("AppIcon")]
    public async Task<IResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/apps/{appId}/icon")] HttpRequest request, string appId)
    {
        await authenticator.RequireAsync(request);
        var icon = await icons.FindAsync(AppId.Require(appId), request.HttpContext.RequestAborted)
            ?? throw new RefusedException(Refusal.NotFound, $"no icon for app '{appId}'");
        var headers = request.HttpContext.Response.Headers;
        headers.CacheControl = "public, max-age=3600, stale-while-revalidate=86400";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"; // an image may be a document with scripts
        return TypedResults.Bytes(icon.Bytes, icon.ContentType);
    }
}
