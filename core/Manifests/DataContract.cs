using System.Text.Json;

namespace RootCx.Core.Manifests;

/// <summary>Looks at the data contract of a manifest that was found to be valid, without reading all of it again.</summary>
internal static class DataContract
{
    /// <summary>As it was received; an empty one if there is none.</summary>
    public static string Of(string manifest) => Read(manifest, root => root.Find(EntitySection.Key)?.GetRawText() ?? "[]");

    /// <summary>The names of its entities, in its order.</summary>
    public static IReadOnlyList<string> EntityNames(string manifest) => Read(
        manifest,
        root => root.Objects(EntitySection.Key, EntitySection.MostEntities).Select(entity => entity.Name("entityName")).OfType<string>().ToList());

    private static T Read<T>(string manifest, Func<ManifestObject, T> read)
    {
        using var document = JsonDocument.Parse(manifest);
        return read(ManifestObject.Of(document.RootElement, "$", new ManifestProblems())!); // it is valid
    }
}
