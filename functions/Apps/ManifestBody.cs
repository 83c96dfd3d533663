using Microsoft.AspNetCore.Http;
using RootCx.Core.Errors;
using RootCx.Core.Manifests;
using RootCx.Functions.Api;

namespace RootCx.Functions.Apps;

/// <summary>Reads manifests that are sent.</summary>
internal static class ManifestBody
{
    /// <summary>The manifest that the body is.</summary>
    /// <exception cref="RefusedException">Another type (415), too large (413), no JSON object, or anything wrong with it (400, with all problems).</exception>
    public static async Task<Manifest> ReadAsync(HttpRequest request, int limit)
    {
        using var body = await JsonBody.ReadObjectAsync(request, limit);
        return ManifestReader.Read(body.RootElement.GetRawText()).Require();
    }
}
