using System.Text;
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
        var page = new ReferencePage(JsonSerializer.SerializeToElement(description));
        Page = new KeptAnswer(Encoding.UTF8.GetBytes(page.Content), "text/html; charset=utf-8", page.Policy);
    }

    /// <summary>For tools.</summary>
    internal IResult Document { get; }

    /// <summary>For people.</summary>
    internal IResult Page { get; }
}
