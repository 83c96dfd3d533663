using System.Text.Json;
using System.Text.Json.Nodes;

namespace RootCx.Local.Api;

/// <summary>What <c>host.json</c> says that matters here too.</summary>
/// <param name="RoutePrefix">Stands before every route; the Functions host's default is <c>api</c>.</param>
public sealed record HostSettings(string RoutePrefix)
{
    /// <summary>Reads <c>host.json</c> in <paramref name="folder"/>.</summary>
    public static HostSettings Read(string folder)
    {
        using var file = File.OpenRead(Path.Combine(folder, "host.json"));
        var prefix = JsonNode.Parse(file, documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip })
            ?["extensions"]?["http"]?["routePrefix"];
        return new HostSettings(prefix?.GetValue<string>() ?? "api");
    }
}
