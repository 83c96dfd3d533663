using System.Text.Json;
using System.Text.Json.Nodes;
using RootCx.Core.Apps;
using RootCx.Core.Errors;
using RootCx.Core.Json;

namespace RootCx.Core.Manifests;

/// <summary>Reads manifests and finds everything that is wrong with them.</summary>
public static class ManifestReader
{
    /// <summary>So deep may arrays and objects be in each other.</summary>
    internal const int MostDepth = 64;

    private const int DeepestLookedAt = 1024;
    private const int LongestName = 200;
    private const int LongestVersion = 100;
    private const int LongestDescription = 10_000;
    private const int LongestIcon = 1024;

    /// <summary>What an app can be; the first one unless its manifest says otherwise.</summary>
    internal static readonly string[] Types = ["app", "integration", "agent"];

    /// <summary>Reads a manifest.</summary>
    /// <param name="json">A JSON text.</param>
    public static ManifestReading Read(string json)
    {
        var problems = new ManifestProblems();
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MostDepth });
        }
        catch (JsonException exception)
        {
            problems.Add("$", IsJson(json)
                ? $"arrays and objects are more than {MostDepth} deep in each other"
                : $"invalid JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}");
            return new ManifestReading(null, problems.Found);
        }

        using (document)
        {
            var manifest = ManifestObject.Of(document.RootElement, "$", problems) is { } root ? Read(root, SilentOf(document), json) : null;
            return new ManifestReading(problems.Found.Count == 0 ? manifest : null, problems.Found);
        }
    }

    // Sections are read in the order in which problems are told.
    private static Manifest Read(ManifestObject root, EntityIds ids, string json)
    {
        var appId = AppIdOf(root) ?? "";
        var name = root.Text("name", LongestName);
        var version = root.Text("version", LongestVersion);
        var description = root.Text("description", LongestDescription);
        var type = root.Text("type", LongestVersion) ?? Types[0];
        if (!Types.Contains(type))
        {
            root.Report("type", $"{ManifestNames.Quote(type)} is no type of app: expected 'app', 'integration' or 'agent'");
        }

        var icon = root.Text("icon", LongestIcon);
        var permissions = PermissionSection.Read(root);
        return new Manifest(appId, new EntitySection(root, ids).Read())
        {
            Name = string.IsNullOrWhiteSpace(name) ? appId : name,
            Version = version ?? "0.0.1",
            Description = description ?? "",
            Type = type,
            Icon = icon,
            Permissions = permissions,
            Crons = CronSection.Read(root),
            Hooks = HookSection.Read(root, ids),
            Source = new RawJson(json),
        };
    }

    private static string? AppIdOf(ManifestObject root)
    {
        var appId = root.RequireText("appId", int.MaxValue, "the app's id");
        try
        {
            return appId is null ? null : AppId.RequireUnreserved(appId);
        }
        catch (RefusedException refused)
        {
            root.Report("appId", refused.Message);
            return null;
        }
    }

    // What is found on the way is found again when the entities are read.
    private static EntityIds SilentOf(JsonDocument document) => new(ManifestObject.Of(document.RootElement, "$", new ManifestProblems())!); // an object

    private static bool IsJson(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = DeepestLookedAt });
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

/// <summary>What came of reading a manifest: the manifest, or what is wrong with it.</summary>
/// <param name="Manifest">Null if there are problems.</param>
/// <param name="Problems">All of them, the first thousand at most, section by section.</param>
public sealed record ManifestReading(Manifest? Manifest, IReadOnlyList<ManifestProblem> Problems)
{
    private const int MostTold = 20;

    /// <summary>The manifest.</summary>
    /// <exception cref="RefusedException">There is something wrong with it (400, with all problems).</exception>
    public Manifest Require()
    {
        if (Manifest is not null)
        {
            return Manifest;
        }

        var told = string.Join("; ", Problems.Take(MostTold).Select(problem => $"{problem.Path}: {problem.Message}"));
        var more = Problems.Count > MostTold ? $"; and {Problems.Count - MostTold} more" : "";
        throw new RefusedException(Refusal.Invalid, $"invalid manifest: {told}{more}")
        {
            Details = new()
            {
                ["problems"] = new JsonArray(
                    [.. Problems.Select(problem => new JsonObject { ["path"] = problem.Path, ["message"] = problem.Message })]),
            },
        };
    }
}

/// <summary>Something wrong with a manifest.</summary>
/// <param name="Path">Where, as a JSON path: <c>$.dataContract[0].fields[2].type</c>.</param>
/// <param name="Message">What, and what would be right.</param>
public sealed record ManifestProblem(string Path, string Message);
