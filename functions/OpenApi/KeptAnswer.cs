using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace RootCx.Functions.OpenApi;

/// <summary>An answer that is the same for everybody and as long as the process lives. Clients ask each time whether it still is, which costs an empty 304.</summary>
/// <param name="body">What is sent.</param>
/// <param name="contentType">Its type.</param>
/// <param name="contentSecurityPolicy">What it may do in a browser; null for what is no page.</param>
internal sealed class KeptAnswer(byte[] body, string contentType, string? contentSecurityPolicy = null) : IResult
{
    private readonly EntityTagHeaderValue _tag = new($"\"{Convert.ToHexStringLower(SHA256.HashData(body))}\"");

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var headers = httpContext.Response.Headers;
        headers.CacheControl = "no-cache";
        headers.XContentTypeOptions = "nosniff";
        if (contentSecurityPolicy is not null)
        {
            headers.ContentSecurityPolicy = contentSecurityPolicy;
        }

        return TypedResults.Bytes(body, contentType, entityTag: _tag).ExecuteAsync(httpContext);
    }
}
