using System.Text.Json.Nodes;

namespace RootCx.Functions.OpenApi;

/// <summary>
/// The description of the API in OpenAPI 3.1. It is put together from the files beside this class: one for the whole, and one per area, which leaves out what goes without saying; see
/// <see cref="OperationDefaults"/>.
/// </summary>
public static class ApiDescription
{
    // The files, in the order in which they are shown. Each is a tag.
    private static readonly string[] Areas =
    [
        "Health", "Auth", "Users", "Roles", "Apps", "Records", "Deployments", "Frontends", "Workers", "Calls", "Jobs", "Crons", "Hooks", "Secrets", "Logs", "Audit", "Description",
    ];

    /// <summary>Puts it together.</summary>
    public static JsonObject Read()
    {
        var document = Load("Document");
        var components = document["components"]!.AsObject(); // in the file
        document.Remove("components");
        var (tags, paths) = (new JsonArray(), new JsonObject());
        document["tags"] = tags;
        document["paths"] = paths;
        document["components"] = components;
        foreach (var area in Areas)
        {
            var part = Load($"Areas.{area}");
            tags.Add(new JsonObject { ["name"] = area, ["description"] = Take(part, "description") });
            foreach (var (path, item) in Entries(Take(part, "paths")))
            {
                OperationDefaults.Complete(item, area);
                paths.Add(path, item);
            }

            foreach (var (kind, of) in Entries(part))
            {
                if (components[kind] is not JsonObject all)
                {
                    components[kind] = all = [];
                }

                foreach (var (name, component) in Entries(of))
                {
                    all.Add(name, component); // of one name there is one
                }
            }
        }

        return document;
    }

    private static JsonObject Load(string name)
    {
        using var file = typeof(ApiDescription).Assembly.GetManifestResourceStream($"{typeof(ApiDescription).Namespace}.{name}.json")
            ?? throw new InvalidOperationException($"There is no resource OpenApi/{name}.json in the assembly.");
        return JsonNode.Parse(file)!.AsObject(); // not the text "null"
    }

    private static JsonNode? Take(JsonObject from, string name) => from.Remove(name, out var value) ? value : null;

    // Each taken out of where it was, to be put elsewhere.
    private static IEnumerable<(string Name, JsonObject Value)> Entries(JsonNode? of)
    {
        foreach (var (name, value) in of?.AsObject().ToList() ?? [])
        {
            of!.AsObject().Remove(name); // it has entries
            yield return (name, value!.AsObject()); // in the files all of these are objects
        }
    }
}
