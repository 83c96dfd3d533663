using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace RootCx.Functions.Frontends;

/// <summary>Reads which file of a front end is asked for.</summary>
internal static class FrontendPath
{
    private const string Prefix = "/apps/";
    private const string Up = "..";

    /// <summary>What stands behind the app's id: nothing, or a slash and the path. Null if it has a step up, in whatever writing: such a path is nobody's.</summary>
    public static string? Of(HttpRequest request, string appId)
    {
        var target = request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget ?? ""; // servers carry out steps up before anybody sees the path
        var end = target.IndexOf('?', StringComparison.Ordinal);
        var path = request.Path.Value ?? "";
        return StepsUp(end < 0 ? target : target[..end]) || StepsUp(path) ? null : path[(Prefix.Length + appId.Length)..];
    }

    private static bool StepsUp(string path)
    {
        var plain = path.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(path) : path;
        return plain.Contains(Up, StringComparison.Ordinal) && plain.Split('/', '\\').Contains(Up);
    }
}
