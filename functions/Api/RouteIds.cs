using RootCx.Core.Errors;

namespace RootCx.Functions.Api;

/// <summary>Reads ids in paths and bodies.</summary>
internal static class RouteIds
{
    /// <summary>A UUID.</summary>
    /// <exception cref="RefusedException">It is none (400).</exception>
    public static Guid Require(string text) =>
        Guid.TryParse(text, out var id) ? id : throw new RefusedException(Refusal.Invalid, $"invalid UUID: '{text}'");
}
