using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Schemas;
using RootCx.Functions.Api;

namespace RootCx.Functions.Apps;

/// <summary>Says beforehand what an install would change.</summary>
public sealed class VerifyFunction(NpgsqlDataSource database, SchemaSync schema, Authenticator authenticator, IOptions<ApiOptions> api)
{
    /// <summary><c>POST /api/v1/apps/schema/verify</c>: a manifest → 200 <c>{compliant, changes}</c>; changes nothing. Any user.</summary>
    [Function("SchemaVerify")]
    public async Task<IResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/apps/schema/verify")] HttpRequest request)
    {
        await authenticator.RequireAsync(request);
        var manifest = await ManifestBody.ReadAsync(request, api.Value.JsonBodyBytes);
        await using var connection = await database.OpenConnectionAsync(request.HttpContext.RequestAborted);
        var changes = await schema.CompareAsync(connection, manifest, request.HttpContext.RequestAborted);
        var body = new VerifiedBody(
            changes.Count == 0, [.. changes.Select(change => new SchemaChangeBody(change.Entity, change.ChangeType, change.Column, change.Detail))]);
        return TypedResults.Json(body, ApiJson.Plain.VerifiedBody);
    }
}

/// <summary>Answer of verify.</summary>
internal sealed record VerifiedBody(bool Compliant, IReadOnlyList<SchemaChangeBody> Changes);

/// <summary>A change that an install would make.</summary>
internal sealed record SchemaChangeBody(string Entity, [property: JsonPropertyName("change_type")] string ChangeType, string? Column, string? Detail);
