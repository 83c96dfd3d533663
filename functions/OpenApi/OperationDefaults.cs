using System.Text.Json.Nodes;

namespace RootCx.Functions.OpenApi;

/// <summary>
/// What goes without saying of operations, added to each: its tag; who may do it, from <c>x-access</c> and <c>x-worker</c>, which say it as the table in <c>docs/security.md</c> does; and
/// the errors that all operations of its kind have. What an operation says itself stands.
/// </summary>
internal static class OperationDefaults
{
    private const string Anybody = "anybody";

    private static readonly string[] Verbs = ["get", "head", "post", "put", "patch", "delete"];

    /// <summary>Completes the operations of a path.</summary>
    /// <param name="path">A path item.</param>
    /// <param name="tag">Their tag.</param>
    public static void Complete(JsonObject path, string tag)
    {
        foreach (var verb in Verbs)
        {
            if (path[verb] is not JsonObject operation)
            {
                continue;
            }

            var access = operation["x-access"]!.GetValue<string>(); // all operations say it
            operation["tags"] = new JsonArray(tag);
            operation["description"] = string.Join(
                "\n\n", new[] { operation["description"]?.GetValue<string>(), Sentence(access, operation["x-worker"]?.GetValue<bool>() == true) }.OfType<string>());
            if (access == Anybody)
            {
                operation["security"] = new JsonArray();
            }

            AddErrors(operation, needsToken: access != Anybody, hasParameters: path["parameters"] is not null || operation["parameters"] is not null);
        }
    }

    private static void AddErrors(JsonObject operation, bool needsToken, bool hasParameters)
    {
        var responses = operation["responses"]!.AsObject(); // all operations have some
        var takesJson = operation["requestBody"]?["content"]?["application/json"] is not null;
        Add("400", "Invalid", needsToken && (hasParameters || takesJson));
        Add("400", "Invalid", takesJson);
        Add("401", "Unauthenticated", needsToken);
        Add("403", "Forbidden", needsToken);
        Add("413", "TooLarge", takesJson);
        Add("415", "UnsupportedType", takesJson);
        Add("500", "Failed", needsToken);
        Add("503", "Unavailable", needsToken);
        operation["responses"] = new JsonObject(responses.OrderBy(response => response.Key, StringComparer.Ordinal).ToList().Select(response =>
        {
            responses.Remove(response.Key);
            return response;
        }));

        void Add(string status, string name, bool has)
        {
            if (has && !responses.ContainsKey(status))
            {
                responses[status] = new JsonObject { ["$ref"] = $"#/components/responses/{name}" };
            }
        }
    }

    private static string Sentence(string access, bool worker)
    {
        var who = access switch
        {
            Anybody => "For anybody, without a token.",
            "user" => "For any signed-in user.",
            "admin" => "Takes `*`.",
            "app admin" => "Takes `*` or `app:{appId}:*`.",
            "own, else admin" => "One's own for any signed-in user; everybody else's take `*`.",
            "app admin; `platform:apps.create` for a new app" => "Takes `*` or `app:{appId}:*`; for a new app `*` or `platform:apps.create`.",
            ['`', .. var key, '`'] => $"Takes `app:{{appId}}:{key}`.",
            ['o', 'w', 'n', ' ', '(', '`', .. var key, '`', ')'] => $"One's own for any signed-in user; everybody else's take `app:{{appId}}:{key}`.",
            _ => throw new InvalidOperationException($"'{access}' is no kind of access."),
        };
        return worker && access != Anybody ? $"{who} The app's own worker may do it as well." : who;
    }
}
