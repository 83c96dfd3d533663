using Microsoft.AspNetCore.Http;
using RootCx.Core.Errors;

namespace RootCx.Functions.Api;

/// <summary>Reads texts from query strings.</summary>
internal static class QueryTexts
{
    /// <summary>The text that a query string has at <paramref name="name"/>, null without it or if it is empty.</summary>
    /// <exception cref="RefusedException">It comes twice, or has a NUL in it (400).</exception>
    public static string? QueryText(this HttpRequest request, string name)
    {
        var values = request.Query[name];
        if (values.Count > 1)
        {
            throw new RefusedException(Refusal.Invalid, $"{name} comes twice");
        }

        var text = values.ToString();
        return text.Contains('\0', StringComparison.Ordinal)
            ? throw new RefusedException(Refusal.Invalid, $"{name} must be text without NUL")
            : text.Length > 0 ? text : null;
    }
}
