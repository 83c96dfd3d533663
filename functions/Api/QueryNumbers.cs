using System.Globalization;
using Microsoft.AspNetCore.Http;
using RootCx.Core.Errors;

namespace RootCx.Functions.Api;

/// <summary>Reads numbers from query strings.</summary>
internal static class QueryNumbers
{
    /// <summary>The whole number that a query string names, null without it.</summary>
    /// <exception cref="RefusedException">Anything else, or out of range (400).</exception>
    public static long? QueryNumber(this HttpRequest request, string name, long least, long most) => request.Query[name].ToString() switch
    {
        "" => null,
        var text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most => number,
        _ => throw new RefusedException(Refusal.Invalid, $"{name} must be a whole number from {least} to {most}"),
    };
}
