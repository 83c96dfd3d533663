using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace RootCx.Functions.Api;

/// <summary>Which browser pages may call the API. Any verb, any header, no credentials mode: tokens travel in a header.</summary>
public sealed class ApiCors
{
    private static readonly string[] AllowedPrefixes = ["http://localhost:", "http://127.0.0.1:", "tauri://"];

    private readonly ICorsService _cors;
    private readonly CorsPolicy _policy;

    /// <summary>Takes the configured origins from <paramref name="options"/>.</summary>
    public ApiCors(ICorsService cors, IOptions<ApiOptions> options)
    {
        _cors = cors;
        var configured = new CorsPolicyBuilder(options.Value.AllowedOrigins).SetIsOriginAllowedToAllowWildcardSubdomains().Build();
        _policy = new CorsPolicyBuilder()
            .SetIsOriginAllowed(origin => IsOurs(origin) || configured.IsOriginAllowed(origin))
            .AllowAnyHeader()
            .AllowAnyMethod()
            .WithExposedHeaders(ApiErrors.CodeHeader)
            .SetPreflightMaxAge(TimeSpan.FromHours(1))
            .Build();
    }

    /// <summary>Adds the headers that a page of an allowed origin needs to read the answer.</summary>
    public void Apply(HttpContext context) => _cors.ApplyResult(_cors.EvaluatePolicy(context, _policy), context.Response);

    private static bool IsOurs(string origin) =>
        origin == "http://tauri.localhost" || AllowedPrefixes.Any(prefix => origin.StartsWith(prefix, StringComparison.Ordinal));
}
