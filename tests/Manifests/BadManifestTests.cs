using RootCx.Core.Manifests;

namespace RootCx.Tests.Manifests;

/// <summary>Whatever is wrong with a manifest is found, with its place and with what would be right.</summary>
public sealed class BadManifestTests
{
    private const string NameRule = "a lower-case letter, then lower-case letters, digits and '_', 63 characters at most";
    private const string KeyRule = "100 at most of a-z, A-Z, 0-9 and _.:-, without ':' at either end";
    private const string Field = "$.dataContract[0].fields[0]";
    private const string Index = "$.dataContract[0].indexes[0]";
    private const string NotIndexable = "fields of type json, [text] and [number] can't be compared as a whole";
    private const string TextExpected = "must be a string of Unicode text without NUL";

    private static readonly string Long = new('x', 64);

    public static TheoryData<string, string, string> Roots => new()
    {
        { "{", "$", "invalid JSON at line 1, byte 2" },
        { "[]", "$", "must be an object" },
        { "\"x\"", "$", "must be an object" },
        { $$"""{"appId": "crm", "x": {{new string('[', 64)}}{{new string(']', 64)}}}""", "$", "arrays and objects are more than 64 deep in each other" },
        { "{}", "$.appId", "missing: expected the app's id" },
        { """{"appId": null}""", "$.appId", "missing: expected the app's id" },
        { """{"appId": 7}""", "$.appId", TextExpected },
        { """{"appId": "Crm"}""", "$.appId", "invalid app id: expected 48 characters at most of a-z, 0-9 and _, beginning with a letter" },
        { $$"""{"appId": "{{new string('a', 49)}}"}""", "$.appId", "invalid app id: expected 48 characters at most of a-z, 0-9 and _, beginning with a letter" },
        { """{"appId": "public"}""", "$.appId", "reserved app_id: 'public'" },
        { """{"appId": "pg_crm"}""", "$.appId", "reserved app_id: 'pg_crm'" },
        { """{"appId": "crm", "name": 1}""", "$.name", TextExpected },
        { """{"appId": "crm", "name": "\u0000"}""", "$.name", TextExpected },
        { """{"appId": "crm", "name": "\ud800"}""", "$.name", TextExpected },
        { $$"""{"appId": "crm", "name": "{{new string('n', 201)}}"}""", "$.name", "must have 200 characters at most" },
        { """{"appId": "crm", "version": []}""", "$.version", TextExpected },
        { $$"""{"appId": "crm", "version": "{{new string('1', 101)}}"}""", "$.version", "must have 100 characters at most" },
        { """{"appId": "crm", "description": {}}""", "$.description", TextExpected },
        { """{"appId": "crm", "icon": false}""", "$.icon", TextExpected },
        { """{"appId": "crm", "type": "tool"}""", "$.type", "'tool' is no type of app: expected 'app', 'integration' or 'agent'" },
        { """{"appId": "crm", "dataContract": {}}""", "$.dataContract", "must be an array" },
        { """{"appId": "crm", "dataContract": [null]}""", "$.dataContract[0]", "must be an object" },
        { $$"""{"appId": "crm", "dataContract": [{{string.Join(',', Enumerable.Range(0, 501).Select(n => $$"""{"entityName":"e{{n}}"}"""))}}]}""", "$.dataContract", "has 501 items: 500 at most" },
        { """{"appId": "crm", "permissions": []}""", "$.permissions", "must be an object" },
        { """{"appId": "crm", "permissions": {"permissions": "x"}}""", "$.permissions.permissions", "must be an array" },
        { """{"appId": "crm", "permissions": {"permissions": [{}]}}""", "$.permissions.permissions[0].key", $"missing: expected {KeyRule}" },
        { """{"appId": "crm", "permissions": {"permissions": [{"key": "deals.*"}]}}""", "$.permissions.permissions[0].key", $"'deals.*' is not valid: expected {KeyRule}" },
        { """{"appId": "crm", "permissions": {"permissions": [{"key": "x:"}]}}""", "$.permissions.permissions[0].key", $"'x:' is not valid: expected {KeyRule}" },
        { """{"appId": "crm", "permissions": {"permissions": [{"key": "x", "description": 1}]}}""", "$.permissions.permissions[0].description", TextExpected },
        { """{"appId": "crm", "permissions": {"permissions": [{"key": "x"}, {"key": "x"}]}}""", "$.permissions.permissions[1].key", "there are two permissions 'x'" },
        { """{"appId": "crm", "actions": [{"name": "Send"}]}""", "$.actions[0].id", $"missing: expected {KeyRule}" },
        { """{"appId": "crm", "actions": [{"id": "send"}, {"id": "send"}]}""", "$.actions[1].id", "there are two actions 'send'" },
        { """{"appId": "crm", "crons": [{"schedule": "@daily"}]}""", "$.crons[0].name", "missing: expected 1 to 64 of letters, digits, '_' and '-'" },
        { """{"appId": "crm", "crons": [{"name": "a b", "schedule": "@daily"}]}""", "$.crons[0].name", "invalid cron name: 'a b'" },
        { """{"appId": "crm", "crons": [{"name": "a"}]}""", "$.crons[0].schedule", "missing: expected five fields such as '0 8 * * MON-FRI', 'N seconds', or a word such as '@daily'" },
        { """{"appId": "crm", "crons": [{"name": "a", "schedule": "* * * *"}]}""", "$.crons[0].schedule", "invalid cron schedule: '* * * *' (expected 5 fields or 'N seconds')" },
        { """{"appId": "crm", "crons": [{"name": "a", "schedule": "60 seconds"}]}""", "$.crons[0].schedule", "seconds must be 1-59, got: 60" },
        { """{"appId": "crm", "crons": [{"name": "a", "schedule": "@daily", "timezone": "Mars"}]}""", "$.crons[0].timezone", "unknown time zone: 'Mars' (expected an IANA name such as 'Europe/Berlin')" },
        { """{"appId": "crm", "crons": [{"name": "a", "schedule": "@daily", "overlapPolicy": "wait"}]}""", "$.crons[0].overlapPolicy", "overlap_policy must be 'skip' or 'queue', got: 'wait'" },
        { """{"appId": "crm", "crons": [{"name": "a", "schedule": "@daily", "payload": []}]}""", "$.crons[0].payload", "must be an object" },
        { """{"appId": "crm", "crons": [{"name": "a", "schedule": "@daily", "method": 1}]}""", "$.crons[0].method", TextExpected },
        { """{"appId": "crm", "crons": [{"name": "a", "schedule": "@daily"}, {"name": "a", "schedule": "@daily"}]}""", "$.crons[1].name", "there are two crons 'a'" },
        { """{"appId": "crm", "hooks": [{"operation": "INSERT"}]}""", "$.hooks[0].entity", "missing: expected the name of an entity of this manifest" },
        { """{"appId": "crm", "hooks": [{"entity": "deals", "operation": "INSERT"}]}""", "$.hooks[0].entity", "there is no entity 'deals' in this manifest" },
        { $$"""{"appId": "crm", "dataContract": [{"entityName": "d"}], "hooks": [{"entity": "d", "operation": "insert", "action_config": "{{new string('x', 65_535)}}"}]}""", "$.hooks[0].action_config", "must be 65536 bytes at most" },
        { """{"appId": "crm", "dataContract": [{"entityName": "d"}], "hooks": [{"entity": "d"}]}""", "$.hooks[0].operation", "missing: expected INSERT, UPDATE or DELETE" },
        { """{"appId": "crm", "dataContract": [{"entityName": "d"}], "hooks": [{"entity": "d", "operation": "TRUNCATE"}]}""", "$.hooks[0].operation", "'TRUNCATE' is no operation: expected INSERT, UPDATE or DELETE" },
        { """{"appId": "crm", "dataContract": [{"entityName": "d"}], "hooks": [{"entity": "d", "operation": "insert", "action_type": "agent"}]}""", "$.hooks[0].action_type", "agents are not supported yet: expected 'job'" },
        { """{"appId": "crm", "dataContract": [{"entityName": "d"}], "hooks": [{"entity": "d", "operation": "insert", "action_type": "mail"}]}""", "$.hooks[0].action_type", "'mail' is no action: expected 'job'" },
    };

    public static TheoryData<string, string, string> Entities => new()
    {
        { "{}", "$.dataContract[0].entityName", $"missing: expected {NameRule}" },
        { """{"entityName": "Deals"}""", "$.dataContract[0].entityName", $"'Deals' is no name: expected {NameRule}" },
        { """{"entityName": "9"}""", "$.dataContract[0].entityName", $"'9' is no name: expected {NameRule}" },
        { $$"""{"entityName": "{{Long}}"}""", "$.dataContract[0].entityName", $"'{Long[..60]}…' is no name: expected {NameRule}" },
        { """{"entityName": "d\"; drop table users; --"}""", "$.dataContract[0].entityName", $"'d\"; drop table users; --' is no name: expected {NameRule}" },
        { """{"entityName": "d"}, {"entityName": "d"}""", "$.dataContract[1].entityName", "there are two entities 'd'" },
        { """{"entityName": "d", "fields": 1}""", "$.dataContract[0].fields", "must be an array" },
        { """{"entityName": "d", "fields": ["x"]}""", Field, "must be an object" },
        { $$"""{"entityName": "d", "fields": [{{string.Join(',', Enumerable.Range(0, 501).Select(n => $$"""{"name":"f{{n}}","type":"text"}"""))}}]}""", "$.dataContract[0].fields", "has 501 items: 500 at most" },
        { """{"entityName": "d", "fields": [{"name": "x", "type": "text"}, {"name": "x", "type": "text"}]}""", "$.dataContract[0].fields[1].name", "there are two fields 'x'" },
        { """{"entityName": "d", "identityKind": "person"}""", "$.dataContract[0].identityKey", "missing: identityKind and identityKey come together or not at all" },
        { """{"entityName": "d", "identityKey": "id"}""", "$.dataContract[0].identityKind", "missing: identityKind and identityKey come together or not at all" },
        { """{"entityName": "d", "identityKind": "person", "identityKey": "mail"}""", "$.dataContract[0].identityKey", "there is no field 'mail' in the entity" },
        { """{"entityName": "d", "identityKind": "person", "identityKey": "created_at"}""", "$.dataContract[0].identityKey", "there is no field 'created_at' in the entity" },
        { """{"entityName": "d", "identityKind": "Person", "identityKey": "id"}""", "$.dataContract[0].identityKind", $"'Person' is no name: expected {NameRule}" },
        { """{"entityName": "d", "fields": [{"name": "x", "type": "json"}], "identityKind": "p", "identityKey": "x"}""", "$.dataContract[0].identityKey", $"'x' can't be a key: {NotIndexable}" },
        { """{"entityName": "d", "indexes": [{}]}""", $"{Index}.columns", "missing: expected the names of one field or more" },
        { """{"entityName": "d", "indexes": [{"columns": []}]}""", $"{Index}.columns", "missing: expected the names of one field or more" },
        { """{"entityName": "d", "indexes": [{"columns": "id"}]}""", $"{Index}.columns", "must be an array" },
        { """{"entityName": "d", "indexes": [{"columns": [1]}]}""", $"{Index}.columns[0]", "must be the name of a field" },
        { """{"entityName": "d", "indexes": [{"columns": ["id", "x"]}]}""", $"{Index}.columns[1]", "there is no field 'x' in the entity" },
        { """{"entityName": "d", "indexes": [{"columns": ["id", "id"]}]}""", $"{Index}.columns[1]", "'id' is in the index already" },
        { """{"entityName": "d", "fields": [{"name": "x", "type": "[text]"}], "indexes": [{"columns": ["x"]}]}""", $"{Index}.columns[0]", $"'x' can't be in an index: {NotIndexable}" },
        { """{"entityName": "d", "indexes": [{"columns": ["id"], "name": "A"}]}""", $"{Index}.name", $"'A' is no name: expected {NameRule}" },
        { """{"entityName": "d", "indexes": [{"columns": ["id"], "name": "d"}]}""", $"{Index}.name", "there is an entity 'd', and tables and indexes share their names" },
        { """{"entityName": "d", "indexes": [{"columns": ["id"], "name": "x"}]}, {"entityName": "e", "indexes": [{"columns": ["id"], "name": "x"}]}""", "$.dataContract[1].indexes[0].name", "there are two indexes 'x' in the app" },
        { """{"entityName": "d", "indexes": [{"columns": ["id"]}, {"columns": ["id"]}]}""", "$.dataContract[0].indexes[1].columns", "there is such an index of the entity already" },
        { """{"entityName": "d", "indexes": [{"columns": ["id"], "unique": "yes"}]}""", $"{Index}.unique", "must be true or false" },
        { """{"entityName": "d", "indexes": [{"columns": ["id"], "using": "gin"}]}""", $"{Index}.using", "is not supported: leave it out" },
        { """{"entityName": "d", "indexes": [{"columns": ["id"], "where": "true"}]}""", $"{Index}.where", "is not supported: leave it out" },
        { """{"entityName": "d", "indexes": [{"columns": ["id"], "with": {}}]}""", $"{Index}.with", "is not supported: leave it out" },
        { """{"entityName": "a", "fields": [{"name": "id", "type": "entity_link", "references": {"entity": "a"}}]}, {"entityName": "b", "fields": [{"name": "x", "type": "entity_link", "references": {"entity": "a"}}]}""", $"{Field}.references.entity", "the id of 'a' points, maybe by way of others, to itself: one of them needs a type of its own" },
    };

    public static TheoryData<string, string, string> Fields => new()
    {
        { """{"type": "text"}""", "name", $"missing: expected {NameRule}" },
        { """{"name": "ä", "type": "text"}""", "name", $"'ä' is no name: expected {NameRule}" },
        { $$"""{"name": "{{Long}}", "type": "text"}""", "name", $"'{Long[..60]}…' is no name: expected {NameRule}" },
        { """{"name": "xmin", "type": "text"}""", "name", "'xmin' is a column that every table has already: choose another name" },
        { """{"name": "x"}""", "type", "missing: expected text, number, boolean, date, timestamp, json, uuid, file, entity_link, [text] or [number]" },
        { """{"name": "x", "type": ["text"]}""", "type", TextExpected },
        { """{"name": "x", "type": "text", "required": 1}""", "required", "must be true or false" },
        { """{"name": "x", "type": "text", "unique": "true"}""", "unique", "must be true or false" },
        { """{"name": "x", "type": "json", "unique": true}""", "unique", $"can't be unique: {NotIndexable}" },
        { """{"name": "x", "type": "[number]", "unique": true}""", "unique", $"can't be unique: {NotIndexable}" },
        { """{"name": "x", "type": "text", "is_primary_key": true}""", "is_primary_key", "the primary key is always the field 'id'" },
        { """{"name": "x", "type": "text", "isPrimaryKey": true}""", "isPrimaryKey", "the primary key is always the field 'id'" },
        { """{"name": "x", "type": "text", "is_primary_key": true, "isPrimaryKey": false}""", "isPrimaryKey", "says something else than 'is_primary_key', which is the same key: leave one of them out" },
        { """{"name": "x", "type": "text", "default_value": "a", "defaultValue": "b"}""", "defaultValue", "says something else than 'default_value', which is the same key: leave one of them out" },
        { """{"name": "x", "type": "text", "enum_values": ["a"], "enumValues": ["b"]}""", "enumValues", "says something else than 'enum_values', which is the same key: leave one of them out" },
        { """{"name": "x", "type": "entity_link", "on_delete": "cascade", "onDelete": "restrict"}""", "onDelete", "says something else than 'on_delete', which is the same key: leave one of them out" },
        { """{"name": "id", "type": "json"}""", "type", $"can't be the type of an id: {NotIndexable}" },
        { """{"name": "id", "type": "[text]"}""", "type", $"can't be the type of an id: {NotIndexable}" },
        { """{"name": "id", "type": "text", "default_value": "x"}""", "default_value", "this id can't have a default: leave it out" },
        { """{"name": "id", "type": "uuid", "default_value": "x"}""", "default_value", "must be gen_random_uuid(), or left out" },
        { """{"name": "x", "type": "entity_link", "references": "core:users"}""", "references", "must be an object" },
        { """{"name": "x", "type": "entity_link", "references": {}}""", "references.entity", "missing: expected the name of an entity of this manifest, or 'core:users'" },
        { """{"name": "x", "type": "entity_link", "references": {"entity": "other"}}""", "references.entity", "there is no entity 'other' in this manifest" },
        { """{"name": "x", "type": "entity_link", "references": {"entity": "core:apps"}}""", "references.entity", "'core:apps' can't be pointed to: of the core only 'core:users' can" },
        { """{"name": "x", "type": "entity_link", "references": {"entity": "erp:orders"}}""", "references.entity", "'erp:orders' is in another app: only entities of this manifest and 'core:users' can be pointed to" },
        { """{"name": "x", "type": "text", "references": {"entity": "core:users"}}""", "type", "must be 'entity_link' or fit the id of 'core:users', which is uuid; this is text" },
        { """{"name": "x", "type": "uuid", "references": {"entity": "coded"}}""", "type", "must be 'entity_link' or fit the id of 'coded', which is text; this is uuid" },
        { """{"name": "x", "type": "entity_link", "references": {"entity": "thing"}, "on_delete": "drop"}""", "on_delete", "'drop' is no rule: expected 'cascade', 'restrict' or 'set_null'" },
        { """{"name": "x", "type": "entity_link", "references": {"entity": "thing"}, "onDelete": true}""", "onDelete", TextExpected },
        { """{"name": "x", "type": "entity_link", "references": {"entity": "thing"}, "required": true, "on_delete": "set_null"}""", "on_delete", "a required field can't be set to null: use 'restrict' or 'cascade'" },
        { """{"name": "x", "type": "text", "enum_values": "a"}""", "enum_values", "must be an array" },
        { """{"name": "x", "type": "text", "enum_values": []}""", "enum_values", "must have one value at least; leave it out to allow any" },
        { """{"name": "x", "type": "text", "enumValues": ["a", 1]}""", "enumValues[1]", TextExpected },
        { """{"name": "x", "type": "text", "enum_values": ["\u0000"]}""", "enum_values[0]", TextExpected },
        { """{"name": "x", "type": "text", "enum_values": ["a", "b", "a"]}""", "enum_values[2]", "'a' is listed twice" },
        { """{"name": "x", "type": "number", "enum_values": [1, 1.0]}""", "enum_values[1]", "'1' is listed twice" },
        { """{"name": "x", "type": "number", "enum_values": [1, "one"]}""", "enum_values[1]", "must be a number" },
        { """{"name": "x", "type": "number", "enum_values": [1e999]}""", "enum_values[0]", "must be a number" },
        { """{"name": "x", "type": "boolean", "enum_values": [true]}""", "enum_values", "only fields of type text and number can have a list of values" },
        { """{"name": "x", "type": "text", "enum_values": ["a"], "default_value": "b"}""", "default_value", "'b' is none of the values that the field may have" },
        { """{"name": "x", "type": "number", "enum_values": [1], "default_value": 2}""", "default_value", "'2' is none of the values that the field may have" },
        { """{"name": "x", "type": "text", "default_value": 1}""", "default_value", TextExpected },
        { """{"name": "x", "type": "text", "default_value": "\u0000"}""", "default_value", TextExpected },
        { """{"name": "x", "type": "text", "default_value": {}}""", "default_value", TextExpected },
        { """{"name": "x", "type": "number", "defaultValue": "1"}""", "defaultValue", "must be a number" },
        { """{"name": "x", "type": "number", "default_value": 1e999}""", "default_value", "must be a number" },
        { """{"name": "x", "type": "boolean", "default_value": "true"}""", "default_value", "must be true or false" },
        { """{"name": "x", "type": "date", "default_value": "2026-02-30"}""", "default_value", "must be a date such as \"2026-03-15\", or now() or current_date" },
        { """{"name": "x", "type": "date", "default_value": "2026-02-03T10:00:00Z"}""", "default_value", "must be a date such as \"2026-03-15\", or now() or current_date" },
        { """{"name": "x", "type": "timestamp", "default_value": "tomorrow"}""", "default_value", "must be a moment such as \"2026-03-15T08:00:00Z\", or now() or current_date" },
        { """{"name": "x", "type": "timestamp", "default_value": "now(); drop table users"}""", "default_value", "must be a moment such as \"2026-03-15T08:00:00Z\", or now() or current_date" },
        { """{"name": "x", "type": "json", "default_value": {"a": ["\u0000"]}}""", "default_value", "must be JSON whose strings are Unicode text without NUL and whose numbers fit 64 bits" },
        { """{"name": "x", "type": "json", "default_value": {"\ud800": 1}}""", "default_value", "must be JSON whose strings are Unicode text without NUL and whose numbers fit 64 bits" },
        { """{"name": "x", "type": "json", "default_value": [1e999]}""", "default_value", "must be JSON whose strings are Unicode text without NUL and whose numbers fit 64 bits" },
        { """{"name": "x", "type": "uuid", "default_value": "1"}""", "default_value", "must be a UUID, or gen_random_uuid()" },
        { """{"name": "x", "type": "entity_link", "references": {"entity": "thing"}, "default_value": "1"}""", "default_value", "must be a UUID, or gen_random_uuid()" },
        { """{"name": "x", "type": "[text]", "default_value": "a"}""", "default_value", "must be an array of strings of Unicode text without NUL" },
        { """{"name": "x", "type": "[text]", "default_value": ["a", null]}""", "default_value", "must be an array of strings of Unicode text without NUL" },
        { """{"name": "x", "type": "[number]", "default_value": ["1"]}""", "default_value", "must be an array of numbers" },
    };

    [Theory]
    [MemberData(nameof(Roots))]
    public void What_is_wrong_with_a_manifest_is_said_with_its_place(string manifest, string path, string message) =>
        Assert.Equal([new ManifestProblem(path, message)], ManifestReader.Read(manifest).Problems);

    [Theory]
    [MemberData(nameof(Entities))]
    public void What_is_wrong_with_an_entity_is_said_with_its_place(string entities, string path, string message)
    {
        var problems = ManifestReader.Read($$"""{"appId": "crm", "dataContract": [{{entities}}]}""").Problems;
        Assert.Equal([new ManifestProblem(path, message)], problems);
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void What_is_wrong_with_a_field_is_said_with_its_place(string field, string path, string message)
    {
        var reading = ManifestReader.Read(
            $$"""{"appId": "crm", "dataContract": [{"entityName": "thing", "fields": [{{field}}]}, {"entityName": "coded", "fields": [{"name": "id", "type": "text"}]}]}""");
        Assert.Equal([new ManifestProblem($"{Field}.{path}", message)], reading.Problems);
        Assert.Null(reading.Manifest);
    }

    [Fact]
    public void Everything_that_is_wrong_is_found_at_once()
    {
        var problems = ManifestReader.Read("""
            {
              "appId": "X", "type": "y",
              "dataContract": [
                {"entityName": "a", "fields": [{"name": "B", "type": "text", "required": 1, "default_value": 2}, {"name": "c"}]},
                {"entityName": "d", "fields": [{"name": "e", "type": "entity_link", "references": {"entity": "f"}, "on_delete": "g"}]}
              ],
              "crons": [{"name": "h i", "schedule": "j", "timezone": "k", "overlapPolicy": "l"}],
              "hooks": [{"entity": "m", "operation": "n", "action_type": "o"}]
            }
            """).Problems;
        Assert.Equal(
            [
                "$.appId", "$.type",
                "$.dataContract[0].fields[0].name", "$.dataContract[0].fields[0].required", "$.dataContract[0].fields[0].default_value", "$.dataContract[0].fields[1].type",
                "$.dataContract[1].fields[0].references.entity", "$.dataContract[1].fields[0].on_delete",
                "$.crons[0].name", "$.crons[0].schedule", "$.crons[0].timezone", "$.crons[0].overlapPolicy",
                "$.hooks[0].entity", "$.hooks[0].operation", "$.hooks[0].action_type",
            ],
            problems.Select(problem => problem.Path));
    }

    [Fact]
    public void Spellings_are_compared_even_if_what_they_say_is_no_text() => Assert.Equal(
        ["says something else than 'default_value', which is the same key: leave one of them out", TextExpected],
        ManifestReader.Read("""{"appId": "a", "dataContract": [{"entityName": "e", "fields": [{"name": "x", "type": "text", "default_value": "\ud800", "defaultValue": "\ud801"}]}]}""")
            .Problems.Select(problem => problem.Message));

    [Fact]
    public void No_more_than_a_thousand_problems_are_told()
    {
        var fields = string.Join(',', Enumerable.Range(0, 500).Select(_ => "{}"));
        var entities = string.Join(',', Enumerable.Range(0, 5).Select(_ => $$"""{"fields": [{{fields}}]}"""));
        Assert.Equal(1000, ManifestReader.Read($$"""{"dataContract": [{{entities}}]}""").Problems.Count);
    }
}
