using System.Text.Json;
using Microsoft.AspNetCore.Http;
using RootCx.Functions.Api;

namespace RootCx.Functions.OpenApi;

/// <summary>The API's description as it is sent, made once.</summary>
public sealed class DescriptionAnswers
{
    /// <summary>Makes it.</summary>
    public DescriptionAnswers()
    {
        var description = ApiDescription.Read();
        Document = new KeptAnswer(JsonSerializer.SerializeToUtf8Bytes(description, ApiJson.Plain.JsonObject), "application/json");
    }

    /// <summary>For tools.</summary>
    internal IResult Document { get; }
}
