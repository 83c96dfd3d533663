using System.Text.Json.Nodes;
using RootCx.Core.Crons;
using RootCx.Core.Manifests;

namespace RootCx.Tests.Manifests;

/// <summary>What manifests mean.</summary>
public sealed class ManifestReaderTests
{
    private const string Crm = """
        {
          "appId": "crm", "name": "Customers", "version": "1.2.3", "description": "Who buys", "type": "integration", "icon": "assets/icon.png", "configSchema": {"x": 1},
          "permissions": {"permissions": [{"key": "deals.close", "description": "Close deals"}, {"key": "invoke"}]},
          "actions": [{"id": "send_mail", "name": "Send", "description": "Sends a mail", "inputSchema": {}}, {"id": "sync", "name": "Sync"}],
          "dataContract": [
            {
              "entityName": "contacts", "identityKind": "person", "identityKey": "email",
              "fields": [
                {"name": "email", "type": "text", "required": true, "unique": true},
                {"name": "stage", "type": "text", "enum_values": ["lead", "won"], "default_value": "lead"},
                {"name": "owner", "type": "entity_link", "references": {"entity": "core:users", "field": "id"}},
                {"name": "created_at", "type": "nonsense", "default_value": 7}
              ],
              "indexes": [{"columns": ["stage", "created_at"]}, {"name": "by_owner", "columns": ["owner", "email"], "unique": true}]
            },
            {
              "entityName": "countries",
              "fields": [{"name": "id", "type": "text", "is_primary_key": true}, {"name": "title", "type": "text"}]
            },
            {
              "entityName": "visits",
              "fields": [
                {"name": "contact", "type": "entity_link", "references": {"entity": "contacts"}, "required": true},
                {"name": "country", "type": "entity_link", "references": {"entity": "countries"}, "on_delete": "cascade"},
                {"name": "before", "type": "entity_link", "references": {"entity": "visits"}, "onDelete": "restrict"},
                {"name": "loose", "type": "entity_link"}
              ]
            }
          ],
          "crons": [
            {"name": "report", "schedule": "0 8 * * 1-5", "timezone": "Europe/Berlin", "method": "report", "payload": {"to": "x"}, "overlapPolicy": "queue"},
            {"name": "sweep", "schedule": "30 seconds"}
          ],
          "hooks": [{"entity": "contacts", "operation": "update", "action_type": "job", "action_config": {"a": 1}}, {"entity": "visits", "operation": "DELETE"}]
        }
        """;

    [Fact]
    public void A_manifest_says_what_an_app_is()
    {
        var manifest = Valid(Crm);
        Assert.Equal(
            ("crm", "Customers", "1.2.3", "Who buys", "integration", "assets/icon.png"),
            (manifest.AppId, manifest.Name, manifest.Version, manifest.Description, manifest.Type, manifest.Icon));
        Assert.Equal(
            [new("deals.close", "Close deals"), new("invoke", null), new("action:send_mail", "Sends a mail"), new DeclaredPermission("action:sync", "Sync")], manifest.Permissions);
        Assert.Equal(
            [
                new ManifestCron("report", "0 8 * * 1-5", "Europe/Berlin", """{"to": "x"}""", "report", OverlapPolicies.Queue),
                new ManifestCron("sweep", "30 seconds"),
            ],
            manifest.Crons);
        Assert.Equal([("contacts", RowOperation.Update, """{"a": 1}"""), ("visits", RowOperation.Delete, null)], manifest.Hooks.Select(hook => (hook.Entity, hook.Operation, hook.ActionConfig?.Text)));
    }

    [Fact]
    public void Entities_have_the_columns_of_the_system_and_those_that_are_declared()
    {
        var manifest = Valid(Crm);
        Assert.Equal(["contacts", "countries", "visits"], manifest.Entities.Select(entity => entity.Name));
        var contacts = manifest.Find("contacts")!;
        Assert.Equal(["id", "email", "stage", "owner", "created_at", "updated_at"], contacts.Fields.Select(field => field.Name));
        Assert.Same(Field.Id, contacts.Id);
        Assert.Same(Field.CreatedAt, contacts.Find("created_at"));
        Assert.Equal(new EntityIdentity("person", "email"), contacts.Identity);
        Assert.Equal(new Field("email", FieldType.Text) { Required = true, Unique = true }, contacts.Find("email"));
        Assert.Equal(["lead", "won"], contacts.Find("stage")!.EnumValues);
        Assert.Equal("'lead'::text", contacts.Find("stage")!.Default);
        Assert.Equal(
            [("ix_contacts_stage_created_at", "stage,created_at", false), ("by_owner", "owner,email", true)],
            contacts.Indexes.Select(index => (index.Name, string.Join(',', index.Columns), index.Unique)));

        var id = manifest.Find("countries")!.Id;
        Assert.Equal(new Field("id", FieldType.Text) { Required = true }, id);
        Assert.True(manifest.Find("countries")!.IsWritable(id));
    }

    [Fact]
    public void Links_have_the_type_of_what_they_point_to_and_a_rule_for_its_deletion()
    {
        var manifest = Valid(Crm);
        Assert.Equal((FieldType.Uuid, new FieldReference(null, DeleteRule.SetNull)), LinkOf("contacts", "owner"));
        Assert.Equal((FieldType.Uuid, new FieldReference("contacts", DeleteRule.Restrict)), LinkOf("visits", "contact"));
        Assert.Equal((FieldType.Text, new FieldReference("countries", DeleteRule.Cascade)), LinkOf("visits", "country"));
        Assert.Equal((FieldType.Uuid, new FieldReference("visits", DeleteRule.Restrict)), LinkOf("visits", "before"));
        Assert.Equal((FieldType.Uuid, null), LinkOf("visits", "loose"));

        (FieldType, FieldReference?) LinkOf(string entity, string field) => (manifest.Find(entity)!.Find(field)!.Type, manifest.Find(entity)!.Find(field)!.Reference);
    }

    [Theory]
    [InlineData("text", FieldType.Text)]
    [InlineData("file", FieldType.Text)]
    [InlineData("richtext", FieldType.Text)]
    [InlineData("number", FieldType.Number)]
    [InlineData("boolean", FieldType.Boolean)]
    [InlineData("date", FieldType.Date)]
    [InlineData("timestamp", FieldType.Timestamp)]
    [InlineData("json", FieldType.Json)]
    [InlineData("uuid", FieldType.Uuid)]
    [InlineData("[text]", FieldType.TextArray)]
    [InlineData("[number]", FieldType.NumberArray)]
    public void Every_type_has_its_column(string type, FieldType expected) => Assert.Equal(expected, FieldOf($$"""{"name": "x", "type": "{{type}}"}""").Type);

    [Theory]
    [InlineData("text", "\"it's \\\\ \\\"so\\\"\"", """'it''s \ "so"'::text""")]
    [InlineData("text", "\"\"", "''::text")]
    [InlineData("text", "\"now()\"", "'now()'::text")]
    [InlineData("number", "5", "'5'::double precision")]
    [InlineData("number", "-0.50", "'-0.5'::double precision")]
    [InlineData("number", "-0", "'0'::double precision")]
    [InlineData("boolean", "true", "'true'::boolean")]
    [InlineData("date", "\"2026-03-15\"", "'2026-03-15'::date")]
    [InlineData("date", "\"NOW()\"", "CURRENT_DATE")]
    [InlineData("date", "\"current_date\"", "CURRENT_DATE")]
    [InlineData("timestamp", "\"2026-03-15T10:00:00.5+02:00\"", "'2026-03-15T08:00:00.500000Z'::timestamp with time zone")]
    [InlineData("timestamp", "\"2026-03-15 10:00\"", "'2026-03-15T10:00:00.000000Z'::timestamp with time zone")]
    [InlineData("timestamp", "\"now\"", "now()")]
    [InlineData("timestamp", "\"Current_Timestamp\"", "now()")]
    [InlineData("timestamp", "\"current_date\"", "(CURRENT_DATE)::timestamp with time zone")]
    [InlineData("json", "{\"a\": [1, \"it's\"]}", """'{"a": [1, "it''s"]}'::jsonb""")]
    [InlineData("json", "\"{}\"", "'{}'::jsonb")]
    [InlineData("json", "\" [1] \"", "'[1]'::jsonb")]
    [InlineData("json", "\"[or so\"", "'\"[or so\"'::jsonb")]
    [InlineData("json", "\"[or so]\"", "'\"[or so]\"'::jsonb")]
    [InlineData("json", "false", "'false'::jsonb")]
    [InlineData("uuid", "\"0B9D3F84-6B0A-4E65-9B0E-2F1B6F0E9B11\"", "'0b9d3f84-6b0a-4e65-9b0e-2f1b6f0e9b11'::uuid")]
    [InlineData("uuid", "\"gen_random_uuid()\"", "gen_random_uuid()")]
    [InlineData("entity_link", "\"0b9d3f84-6b0a-4e65-9b0e-2f1b6f0e9b11\"", "'0b9d3f84-6b0a-4e65-9b0e-2f1b6f0e9b11'::uuid")]
    [InlineData("[text]", "[\"a\", \"b,\\\"c\\\"\", \"it's \\\\\"]", """'{"a","b,\"c\"","it''s \\"}'::text[]""")]
    [InlineData("[text]", "[]", "'{}'::text[]")]
    [InlineData("[number]", "[1, 2.50]", """'{"1","2.5"}'::double precision[]""")]
    [InlineData("text", "null", null)]
    public void Defaults_become_sql_of_the_columns_type(string type, string value, string? sql)
    {
        Assert.Equal(sql, FieldOf($$"""{"name": "x", "type": "{{type}}", "default_value": {{value}}}""").Default);
        Assert.Equal(sql, FieldOf($$"""{"name": "x", "type": "{{type}}", "defaultValue": {{value}}}""").Default);
    }

    [Fact]
    public void Both_spellings_of_a_key_mean_the_same()
    {
        var snake = Crm.Replace("onDelete", "on_delete", StringComparison.Ordinal);
        var camel = Crm
            .Replace("on_delete", "onDelete", StringComparison.Ordinal)
            .Replace("default_value", "defaultValue", StringComparison.Ordinal)
            .Replace("enum_values", "enumValues", StringComparison.Ordinal)
            .Replace("is_primary_key", "isPrimaryKey", StringComparison.Ordinal)
            .Replace("action_type", "actionType", StringComparison.Ordinal)
            .Replace("action_config", "actionConfig", StringComparison.Ordinal);
        Assert.Equal(Show(Valid(snake)), Show(Valid(camel)));
        Assert.Equal(["1"], FieldOf("""{"name": "x", "type": "number", "enum_values": [1], "enumValues": [1.0]}""").EnumValues);
    }

    [Fact]
    public void Numbers_to_choose_from_may_be_written_as_strings() =>
        Assert.Equal(["1", "2.5"], FieldOf("""{"name": "x", "type": "number", "enum_values": ["1.0", 2.50]}""").EnumValues);

    [Fact]
    public void A_null_is_as_good_as_nothing()
    {
        const string Bare = """
            {"appId": "a", "dataContract": [{"entityName": "e", "fields": [{"name": "f", "type": "text"}], "indexes": [{"columns": ["f"]}]}],
             "crons": [{"name": "c", "schedule": "@daily"}], "actions": [{"id": "x"}], "hooks": [{"entity": "e", "operation": "INSERT"}]}
            """;
        const string Nulls = """
            {"appId": "a", "name": null, "version": null, "description": null, "type": null, "permissions": null, "icon": null, "webhooks": null, "public": null,
             "dataContract": [{"entityName": "e", "identityKind": null, "identityKey": null, "checks": null,
               "fields": [{"name": "f", "type": "text", "required": null, "unique": null, "references": null, "default_value": null, "defaultValue": null, "enum_values": null,
                 "enumValues": null, "is_primary_key": null, "isPrimaryKey": null, "on_delete": null, "onDelete": null}],
               "indexes": [{"name": null, "columns": ["f"], "unique": null, "using": null, "where": null, "with": null}]}],
             "crons": [{"name": "c", "schedule": "@daily", "timezone": null, "method": null, "payload": null, "overlapPolicy": null}],
             "actions": [{"id": "x", "name": null, "description": null, "inputSchema": null}],
             "hooks": [{"entity": "e", "operation": "INSERT", "action_type": null, "action_config": null}]}
            """;
        Assert.Equal(Show(Valid(Bare)), Show(Valid(Nulls)));
        Assert.Empty(Valid("""{"appId": "a", "dataContract": null, "crons": null, "hooks": null, "actions": null}""").Entities);
    }

    [Fact]
    public void What_is_left_out_has_its_usual_value()
    {
        var manifest = Valid("""{"appId": "a"}""");
        Assert.Equal(("a", "0.0.1", "", "app", null), (manifest.Name, manifest.Version, manifest.Description, manifest.Type, manifest.Icon));
        Assert.Empty(manifest.Entities);
        Assert.Equal("a", Valid("""{"appId": "a", "name": " "}""").Name);
    }

    [Fact]
    public void Keys_that_nobody_knows_do_not_matter_whatever_they_are()
    {
        var manifest = Valid("""{"\ud800": 1, "appId": "a", "x": "\u0000", "dataContract": [{"\ud800": "\ud800", "entityName": "e", "fields": [{"\udfff": [], "name": "f", "type": "text"}]}]}""");
        Assert.NotNull(manifest.Find("e")!.Find("f"));
    }

    [Fact]
    public void Of_two_keys_with_one_name_the_last_one_counts() => Assert.Equal("b", Valid("""{"appId": "a", "appId": "b"}""").AppId);

    [Fact]
    public void Reading_what_was_stored_gives_the_same_manifest()
    {
        var manifest = Valid(Crm);
        Assert.Equal(Crm, manifest.Source.Text);
        Assert.Equal(Show(manifest), Show(Valid(manifest.Source.Text)));
    }

    [Fact]
    public void Made_names_of_indexes_fit_and_differ()
    {
        var longest = new string('e', 63);
        var manifest = Valid($$"""
            {"appId": "a", "dataContract": [
              {"entityName": "{{longest}}", "fields": [{"name": "f", "type": "text"}, {"name": "g", "type": "text"}], "indexes": [{"columns": ["f"]}, {"columns": ["g"]}]},
              {"entityName": "a_b", "fields": [{"name": "c", "type": "text"}], "indexes": [{"columns": ["c"]}, {"columns": ["c"], "unique": true}]},
              {"entityName": "a", "fields": [{"name": "b_c", "type": "text"}], "indexes": [{"columns": ["b_c"]}]}
            ]}
            """);
        var names = manifest.Entities.SelectMany(entity => entity.Indexes).Select(index => index.Name).ToList();
        Assert.Equal(5, names.Distinct().Count());
        Assert.All(names, name => Assert.True(name.Length <= 63));
        Assert.Contains("ix_a_b_c", names);
        Assert.Contains("ux_a_b_c", names);
    }

    // A manifest of the most that there may be is read in a moment.
    [Fact]
    public void Five_hundred_entities_are_fine()
    {
        var entities = string.Join(',', Enumerable.Range(0, 500).Select(n => $$"""{"entityName": "e{{n}}", "fields": [{"name": "id", "type": "entity_link", "references": {"entity": "e{{n + 1}}"} }]}"""));
        var manifest = Valid($$"""{"appId": "a", "dataContract": [{{entities.Replace("\"e500\"", "\"core:users\"", StringComparison.Ordinal)}}]}""");
        Assert.All(manifest.Entities, entity => Assert.Equal((FieldType.Uuid, null), (entity.Id.Type, entity.Id.Default)));
    }

    private static Manifest Valid(string json)
    {
        var reading = ManifestReader.Read(json);
        Assert.Empty(reading.Problems);
        return reading.Manifest!; // there are no problems
    }

    private static Field FieldOf(string field) => Valid($$"""{"appId": "a", "dataContract": [{"entityName": "e", "fields": [{{field}}]}]}""").Entities[0].Fields[1];

    // All that it says, except how it was written.
    private static string Show(Manifest manifest) => new JsonObject
    {
        ["app"] = $"{manifest.AppId} {manifest.Name} {manifest.Version} {manifest.Description} {manifest.Type} {manifest.Icon}",
        ["entities"] = Array(manifest.Entities, entity => $"{entity.Name} {entity.Identity} {Array(entity.Fields, ShowField)} {Array(entity.Indexes, index => $"{index.Name} {string.Join(',', index.Columns)} {index.Unique}")}"),
        ["rest"] = $"{Array(manifest.Permissions, one => one.ToString())} {Array(manifest.Crons, one => one.ToString())} {Array(manifest.Hooks, one => one.ToString())}",
    }.ToJsonString();

    private static string ShowField(Field field) =>
        $"{field.Name} {field.Type} {field.Required} {field.Unique} {field.Default} {field.Reference} {string.Join(',', field.EnumValues ?? ["any"])}";

    private static string Array<T>(IEnumerable<T> items, Func<T, string> show) => $"[{string.Join("; ", items.Select(show))}]";
}
