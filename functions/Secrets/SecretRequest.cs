using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using RootCx.Core.Errors;
using RootCx.Functions.Api;

namespace RootCx.Functions.Secrets;

/// <summary>What a secret is to be, as it was sent.</summary>
/// <param name="Key">Its name; not checked yet.</param>
/// <param name="Value">Its value; may be empty.</param>
internal sealed record SecretRequest(string Key, string Value)
{
    /// <summary>Reads <c>{key, value}</c>.</summary>
    /// <exception cref="RefusedException">What is wrong with it (400, 413, 415).</exception>
    public static async Task<SecretRequest> ReadAsync(HttpRequest request, int limit)
    {
        using var body = await JsonBody.ReadObjectAsync(request, limit);
        body.RootElement.RequireOnly("key", "value");
        return new SecretRequest(body.RequireString("key"), body.RequireString("value"));
    }
}

/// <summary>Answer of a change.</summary>
internal sealed record SecretChangedBody(string Message, [property: JsonPropertyName("workers_restarted")] int WorkersRestarted);
