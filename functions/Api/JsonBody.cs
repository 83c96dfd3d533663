using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using RootCx.Core.Errors;
using RootCx.Core.Json;

namespace RootCx.Functions.Api;

/// <summary>Reads JSON request bodies and says what is wrong with them.</summary>
internal static class JsonBody
{
    private const int MostDepth = 512;

    /// <summary>The body as a JSON object. The caller disposes the document.</summary>
    /// <exception cref="RefusedException">Another type (415), too large (413), not JSON or not an object (400).</exception>
    public static async Task<JsonDocument> ReadObjectAsync(HttpRequest request, int limit)
    {
        var document = await ReadAsync(request, limit);
        try
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new RefusedException(Refusal.Invalid, "body must be a JSON object");
            }

            foreach (var property in document.RootElement.EnumerateObject())
            {
                _ = NameOf(property); // whoever looks for a name compares it with all of them
            }

            return document;
        }
        catch (RefusedException)
        {
            document.Dispose();
            throw;
        }
    }

    /// <summary>The body as a JSON array. The caller disposes the document.</summary>
    /// <exception cref="RefusedException">Another type (415), too large (413), not JSON or not an array (400).</exception>
    public static async Task<JsonDocument> ReadArrayAsync(HttpRequest request, int limit)
    {
        var document = await ReadAsync(request, limit);
        if (document.RootElement.ValueKind == JsonValueKind.Array)
        {
            return document;
        }

        document.Dispose();
        throw new RefusedException(Refusal.Invalid, "body must be a JSON array");
    }

    /// <summary>The string at <paramref name="name"/>.</summary>
    /// <exception cref="RefusedException">Missing or not a string (400).</exception>
    public static string RequireString(this JsonDocument body, string name) => body.RootElement.RequireString(name);

    /// <summary>The string at <paramref name="name"/>.</summary>
    /// <exception cref="RefusedException">Missing or not a string (400).</exception>
    public static string RequireString(this JsonElement body, string name) =>
        body.OptionalString(name) ?? throw new RefusedException(Refusal.Invalid, $"missing '{name}'");

    /// <summary>The string at <paramref name="name"/>, null when it is missing or null.</summary>
    /// <exception cref="RefusedException">Not a string, or with a NUL or half a surrogate pair in it (400).</exception>
    public static string? OptionalString(this JsonDocument body, string name) => body.RootElement.OptionalString(name);

    /// <summary>The string at <paramref name="name"/>, null when it is missing or null.</summary>
    /// <exception cref="RefusedException">Not a string, or with a NUL or half a surrogate pair in it (400).</exception>
    public static string? OptionalString(this JsonElement body, string name)
    {
        if (!body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return JsonText.OrNull(value) ?? throw new RefusedException(Refusal.Invalid, $"'{name}' must be a string of Unicode text without NUL");
    }

    /// <summary>The whole number at <paramref name="name"/>, null when it is missing or null.</summary>
    /// <exception cref="RefusedException">Anything else, or out of range (400).</exception>
    public static int? OptionalInteger(this JsonElement body, string name, int least, int most)
    {
        if (!body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most
            ? number
            : throw new RefusedException(Refusal.Invalid, $"'{name}' must be a whole number from {least} to {most}");
    }

    /// <summary>The strings of the array at <paramref name="name"/>, null when it is missing or null.</summary>
    /// <exception cref="RefusedException">Anything else (400).</exception>
    public static string[]? OptionalStrings(this JsonElement body, string name)
    {
        if (!body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(item => JsonText.OrNull(item) ?? throw Refused())]
            : throw Refused();

        RefusedException Refused() => new(Refusal.Invalid, $"'{name}' must be an array of strings of Unicode text without NUL");
    }

    /// <summary>True or false at <paramref name="name"/>, null when it is missing or null.</summary>
    /// <exception cref="RefusedException">Anything else (400).</exception>
    public static bool? OptionalBoolean(this JsonElement body, string name) =>
        !body.TryGetProperty(name, out var value) ? null : value.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw new RefusedException(Refusal.Invalid, $"'{name}' must be true or false"),
        };

    /// <summary>Refuses an object that has other keys than these.</summary>
    /// <exception cref="RefusedException">The first one that it should not have (400).</exception>
    public static void RequireOnly(this JsonElement body, params ReadOnlySpan<string> names)
    {
        foreach (var property in body.EnumerateObject())
        {
            if (NameOf(property) is var name && !names.Contains(name))
            {
                throw new RefusedException(Refusal.Invalid, $"unknown field '{name}': expected {string.Join(", ", names!)}");
            }
        }
    }

    private static string NameOf(JsonProperty property) =>
        JsonText.NameOrNull(property) ?? throw new RefusedException(Refusal.Invalid, "invalid JSON: a field's name is not Unicode text without NUL");

    private static async Task<JsonDocument> ReadAsync(HttpRequest request, int limit)
    {
        if (!request.HasJsonContentType())
        {
            throw new RefusedException(Refusal.UnsupportedType, "unsupported content type: expected application/json");
        }

        var body = await ReadBytesAsync(request, limit);
        if (!Utf8.IsValid(body.Span))
        {
            throw new RefusedException(Refusal.Invalid, "invalid JSON: it is not UTF-8");
        }

        try
        {
            return JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MostDepth });
        }
        catch (JsonException exception)
        {
            throw new RefusedException(
                Refusal.Invalid, $"invalid JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}");
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(HttpRequest request, int limit)
    {
        if (request.ContentLength > limit)
        {
            throw TooLarge(limit);
        }

        using var body = new MemoryStream((int)(request.ContentLength ?? 0));
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0)
        {
            if (body.Length + read > limit)
            {
                throw TooLarge(limit);
            }

            body.Write(buffer, 0, read);
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    private static RefusedException TooLarge(int limit) => new(Refusal.TooLarge, $"request body too large: at most {limit} bytes");
}
