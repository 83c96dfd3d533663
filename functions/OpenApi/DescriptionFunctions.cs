using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace RootCx.Functions.OpenApi;

/// <summary>Describes the API, for anybody.</summary>
public sealed class DescriptionFunctions(DescriptionAnswers answers)
{
    /// <summary><c>GET /api/v1/openapi.json</c> → 200: the description in OpenAPI 3.1; 304 to who has it already.</summary>
    [Function("OpenApiDocument")]
    public Task<IResult> Document([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/v1/openapi.json")] HttpRequest request)
    {
        _ = request; // that it is asked for is all it says
        return Task.FromResult(answers.Document);
    }

    /// <summary><c>GET /docs</c> → 200: the same as a page for people; 304 to who has it already.</summary>
    [Function("ReferencePage")]
    public Task<IResult> Page([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "docs")] HttpRequest request)
    {
        _ = request; // as above
        return Task.FromResult(answers.Page);
    }
}
