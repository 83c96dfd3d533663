using Microsoft.AspNetCore.Http;
using RootCx.Core.Errors;

namespace RootCx.Functions.Api;

/// <summary>Reads yes and no from query strings.</summary>
internal static class QueryFlags
{
    /// <summary>What a query string says at <paramref name="name"/>, null without it.</summary>
    /// <exception cref="RefusedException">Anything but <c>true</c> and <c>false</c> (400).</exception>
    public static bool? QueryFlag(this HttpRequest request, string name) => request.Query[name].ToString() switch
    {
        "" => null,
        "true" => true,
        "false" => false,
        _ => throw new RefusedException(Refusal.Invalid, $"{name} must be true or false"),
    };
}
