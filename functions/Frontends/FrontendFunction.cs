using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;
using RootCx.Core.Apps;
using RootCx.Core.Frontends;

namespace RootCx.Functions.Frontends;

/// <summary>Serves apps' front ends.</summary>
public sealed class FrontendFunction(LiveFrontends live, FrontendCache cache, FrontendSender sender)
{
    private const string IndexPage = "index.html";

    // What is asked for so can do with a page; a script or an image can't, and nobody would find out why it does not work.
    private static readonly HashSet<string> PageDestinations = ["", "document", "iframe", "frame", "object", "embed", "empty"];

    /// <summary>
    /// <c>GET</c> and <c>HEAD /apps/{appId}/{*path}</c>, for anybody: the file of that path, a folder's <c>index.html</c>, else the front end's own <c>index.html</c> (200); 404. Without the
    /// slash at the end of an app or a folder: 307 to where it is.
    /// </summary>
    [Function("Frontend")]
    public async Task Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "apps/{appId}/{*path}")] HttpRequest request, string appId)
    {
        var headers = request.HttpContext.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-cache";

        // Carried out here and not by the host: errors have to be answered for as those of functions are.
        IResult answer = await FindAsync(request, appId) ?? TypedResults.Text("not found", "text/plain", statusCode: StatusCodes.Status404NotFound);

        await answer.ExecuteAsync(request.HttpContext);
    }

    private async Task<IResult?> FindAsync(HttpRequest request, string appId)
    {
        var aborted = request.HttpContext.RequestAborted;
        if (!AppId.IsValid(appId)
            || FrontendPath.Of(request, appId) is not { } path
            || await live.FindAsync(appId, aborted) is not { } bundle
            || await cache.IndexAsync(bundle, aborted) is not { } index)
        {
            return null;
        }

        if (path.Length == 0)
        {
            return ToSlash(request);
        }

        var name = path[1..];
        var isFolder = name.Length == 0 || name.EndsWith('/');
        if (index.Find(isFolder ? name + IndexPage : name) is { } file)
        {
            return await sender.PrepareAsync(request, bundle, file);
        }

        if (!isFolder && index.Find($"{name}/{IndexPage}") is not null)
        {
            return ToSlash(request);
        }

        request.HttpContext.Response.Headers.Append("Vary", "Sec-Fetch-Dest");
        return index.Find(IndexPage) is { } page && PageDestinations.Contains(request.Headers["Sec-Fetch-Dest"].ToString()) ? await sender.PrepareAsync(request, bundle, page) : null;
    }

    private static RedirectHttpResult ToSlash(HttpRequest request) =>
        TypedResults.Redirect($"{request.PathBase}{request.Path}/{request.QueryString}", permanent: false, preserveMethod: true);
}
