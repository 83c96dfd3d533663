using System.Runtime.InteropServices;
using RootCx.Core.Json;

namespace RootCx.Core.Manifests;

/// <summary>Reads which row events enqueue jobs.</summary>
internal static class HookSection
{
    private const int Most = 1000;
    private const int LongestWord = 100;

    /// <summary>All of them, in their order.</summary>
    public static IReadOnlyList<ManifestHook> Read(ManifestObject manifest, EntityIds ids)
    {
        var hooks = new List<ManifestHook>();
        foreach (var part in manifest.Objects("hooks", Most))
        {
            var entity = part.RequireText("entity", int.MaxValue, "the name of an entity of this manifest");
            if (entity is not null && !ids.Has(entity))
            {
                part.Report("entity", $"there is no entity {ManifestNames.Quote(entity)} in this manifest");
            }

            var operation = Operation(part);
            var type = part.Spelling("action_type", "actionType");
            if (part.Text(type, LongestWord) is { } word && word != "job")
            {
                part.Report(type, word == "agent" ? "agents are not supported yet: expected 'job'" : $"{ManifestNames.Quote(word)} is no action: expected 'job'");
            }

            var given = part.Spelling("action_config", "actionConfig");
            var config = part.Find(given);
            if (config is { } value && JsonMarshal.GetRawUtf8Value(value).Length > ManifestHook.ConfigBytes)
            {
                part.Report(given, $"must be {ManifestHook.ConfigBytes} bytes at most");
            }

            hooks.Add(new ManifestHook(entity ?? "", operation, config is { } json ? new RawJson(json.GetRawText()) : null));
        }

        return hooks;
    }

    private static RowOperation Operation(ManifestObject part)
    {
        const string Expected = "INSERT, UPDATE or DELETE";
        var word = part.RequireText("operation", LongestWord, Expected);
        switch (word?.ToUpperInvariant())
        {
            case "INSERT":
                return RowOperation.Insert;
            case "UPDATE":
                return RowOperation.Update;
            case "DELETE":
                return RowOperation.Delete;
            case null:
                return default;
            default:
                part.Report("operation", $"{ManifestNames.Quote(word)} is no operation: expected {Expected}");
                return default;
        }
    }
}
