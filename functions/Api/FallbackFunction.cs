using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace RootCx.Functions.Api;

/// <summary>Answers what no other function does: preflights, wrong verbs, unknown routes.</summary>
public sealed class FallbackFunction(ApiRoutes routes)
{
    /// <summary>The function's name.</summary>
    public const string Name = "Fallback";

    /// <summary>204 to a preflight and to OPTIONS of a known path; 405 with <c>Allow</c> to a wrong verb; else 404.</summary>
    [Function(Name)]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", "post", "put", "patch", "delete", "options", Route = "{*path}")] HttpRequest request) =>
        Task.FromResult(Answer(request));

    private IResult Answer(HttpRequest request)
    {
        var methods = routes.MethodsFor(request.Path);
        var asksOptions = HttpMethods.IsOptions(request.Method);
        if (asksOptions && request.Headers.ContainsKey("Access-Control-Request-Method"))
        {
            return TypedResults.NoContent();
        }

        if (methods.Count == 0)
        {
            return ApiResult.Error(StatusCodes.Status404NotFound, $"not found: no such route {request.Path}");
        }

        request.HttpContext.Response.Headers.Allow = string.Join(", ", methods);
        return asksOptions
            ? TypedResults.NoContent()
            : ApiResult.Error(StatusCodes.Status405MethodNotAllowed, $"method {request.Method} is not allowed here: use {string.Join(" or ", methods)}");
    }
}
