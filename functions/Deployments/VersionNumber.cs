using System.Globalization;
using RootCx.Core.Errors;

namespace RootCx.Functions.Deployments;

/// <summary>Reads the number of a version in a path.</summary>
internal static class VersionNumber
{
    /// <summary>A whole number from 1.</summary>
    /// <exception cref="RefusedException">It is none (400).</exception>
    public static int Require(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0
            ? version
            : throw new RefusedException(Refusal.Invalid, $"invalid version: expected a whole number from 1, not '{text}'");
}
