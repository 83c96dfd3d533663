using System.Diagnostics;
using RootCx.Core.Manifests;
using static RootCx.Tests.Schemas.Fields;

namespace RootCx.Tests.Schemas;

/// <summary>Each difference is told as one change; what is told is what is done; and then there is no difference left.</summary>
public sealed class SchemaChangeTests(SchemaDatabase database) : IClassFixture<SchemaDatabase>
{
    private static readonly Field Stage = Text("stage") with { EnumValues = ["lead", "won"], Default = "'lead'::text" };

    private static readonly Dictionary<string, Case> Cases = new()
    {
        ["a table is one change with all that belongs to it"] = new(
            [], [Of("deals", Stage, Link("owner", null), Text("code") with { Unique = true }) with { Identity = ("deal", "code"), Indexes = [new("by_stage", ["stage", "owner"], false)] }],
            ["deals: create_table"]),
        ["tables come in the order of the manifest"] = new([], [Of("b", Link("to", "a")), Of("a", Link("to", "b"))], ["b: create_table", "a: create_table"]),
        ["a column"] = new([Of("deals")], [Of("deals", Text("title"))], ["deals.title: add_column"]),
        ["a column with key, check, default and unique constraint"] = new(
            [Of("deals")], [Of("deals", Stage, Link("parent", "deals") with { Unique = true }, Link("owner", null))],
            ["deals.stage: add_column", "deals.parent: add_column", "deals.owner: add_column"]),
        ["a dropped column"] = new([Of("deals", Text("title"))], [Of("deals")], ["deals.title: drop_column"]),
        ["a dropped column with all that belonged to it"] = new(
            [Of("deals", Stage, Link("parent", "deals"), Text("code") with { Unique = true })], [Of("deals")],
            ["deals.stage: drop_column", "deals.parent: drop_column", "deals.code: drop_column"]),
        ["a type"] = new([Of("deals", Text("size"))], [Of("deals", Number("size"))], ["deals.size: alter_type"]),
        ["a type with default and values"] = new(
            [Of("deals", Text("size") with { EnumValues = ["1", "2"], Default = "'1'::text", Required = true })],
            [Of("deals", Number("size") with { EnumValues = ["1", "2"], Default = "'1'::double precision", Required = true })],
            ["deals.size: alter_type"]),
        ["a type and another default and other values"] = new(
            [Of("deals", Text("size") with { EnumValues = ["1", "2"], Default = "'1'::text" })],
            [Of("deals", Number("size") with { EnumValues = ["1", "3"], Default = "'3'::double precision", Required = true })],
            ["deals.size: alter_type", "deals.size: set_default", "deals.size: set_not_null", "deals.size: update_enum"]),
        ["the type of an id and of what points to it"] = new(
            [Of("deals", Link("parent", "deals")), Of("notes", Link("deal", "deals"))],
            [
                Of("deals", new Field("id", FieldType.Text) { Required = true }, Link("parent", "deals", FieldType.Text)),
                Of("notes", Link("deal", "deals", FieldType.Text)),
            ],
            ["deals.id: alter_type", "deals.id: drop_default", "deals.parent: alter_type", "notes.deal: alter_type"]),
        ["not null"] = new([Of("deals", Text("title"))], [Of("deals", Text("title") with { Required = true })], ["deals.title: set_not_null"]),
        ["null"] = new([Of("deals", Text("title") with { Required = true })], [Of("deals", Text("title"))], ["deals.title: drop_not_null"]),
        ["a first default"] = new([Of("deals", Text("title"))], [Of("deals", Text("title") with { Default = "'x'::text" })], ["deals.title: set_default"]),
        ["another default"] = new(
            [Of("deals", Number("size") with { Default = "'1'::double precision" })], [Of("deals", Number("size") with { Default = "'1.5'::double precision" })],
            ["deals.size: set_default"]),
        ["a default that is a moment now and was a constant"] = new(
            [Of("deals", Time("due") with { Default = "'2026-01-01T00:00:00Z'::timestamp with time zone" })], [Of("deals", Time("due") with { Default = "now()" })],
            ["deals.due: set_default"]),
        ["no default"] = new([Of("deals", Text("title") with { Default = "'x'::text" })], [Of("deals", Text("title"))], ["deals.title: drop_default"]),
        ["first allowed values"] = new([Of("deals", Text("stage"))], [Of("deals", Text("stage") with { EnumValues = ["a"] })], ["deals.stage: update_enum"]),
        ["other allowed values"] = new(
            [Of("deals", Text("stage") with { EnumValues = ["a"] })], [Of("deals", Text("stage") with { EnumValues = ["a", "b"] })], ["deals.stage: update_enum"]),
        ["any values"] = new([Of("deals", Text("stage") with { EnumValues = ["a", "b"] })], [Of("deals", Text("stage"))], ["deals.stage: drop_enum"]),
        ["a link where there was a uuid"] = new(
            [Of("deals", Uuid("owner"))], [Of("deals", Link("owner", null))], ["deals.owner: add_foreign_key"]),
        ["a uuid where there was a link"] = new([Of("deals", Link("owner", null))], [Of("deals", Uuid("owner"))], ["deals.owner: drop_foreign_key"]),
        ["a link to something else"] = new(
            [Of("deals", Link("to", "deals")), Of("notes")], [Of("deals", Link("to", "notes")), Of("notes")], ["deals.to: drop_foreign_key", "deals.to: add_foreign_key"]),
        ["what becomes of a link"] = new(
            [Of("deals", Link("parent", "deals", rule: DeleteRule.SetNull))], [Of("deals", Link("parent", "deals", rule: DeleteRule.Cascade))],
            ["deals.parent: alter_fk_delete_rule"]),
        ["a unique field"] = new([Of("deals", Text("code"))], [Of("deals", Text("code") with { Unique = true })], ["deals.code: add_unique"]),
        ["a field that is not unique any more"] = new([Of("deals", Text("code") with { Unique = true })], [Of("deals", Text("code"))], ["deals.code: drop_unique"]),
        ["a link that is unique, by which rows are found as well"] = new(
            [Of("deals", Link("owner", null))], [Of("deals", Link("owner", null) with { Unique = true })], ["deals.owner: add_unique"]),
        ["a link that is not unique any more"] = new(
            [Of("deals", Link("owner", null) with { Unique = true })], [Of("deals", Link("owner", null))], ["deals.owner: drop_unique"]),
        ["an identity"] = new([Of("deals", Text("code"))], [Of("deals", Text("code")) with { Identity = ("deal", "code") }], ["deals.code: add_identity_index"]),
        ["no identity"] = new([Of("deals", Text("code")) with { Identity = ("deal", "code") }], [Of("deals", Text("code"))], ["deals.code: drop_identity_index"]),
        ["an identity by another key"] = new(
            [Of("deals", Text("code"), Text("mail")) with { Identity = ("deal", "code") }], [Of("deals", Text("code"), Text("mail")) with { Identity = ("deal", "mail") }],
            ["deals.mail: add_identity_index", "deals.code: drop_identity_index"]),
        ["an index"] = new(
            [Of("deals", Text("a"), Text("b"))], [Of("deals", Text("a"), Text("b")) with { Indexes = [new("ab", ["a", "b"], true), new("ba", ["b"], false)] }],
            ["deals: add_index", "deals.b: add_index"]),
        ["an index with other columns"] = new(
            [Of("deals", Text("a"), Text("b")) with { Indexes = [new("ab", ["a", "b"], false)] }], [Of("deals", Text("a"), Text("b")) with { Indexes = [new("ab", ["b", "a"], false)] }],
            ["deals: replace_index"]),
        ["an index that is unique"] = new(
            [Of("deals", Text("a")) with { Indexes = [new("by_a", ["a"], false)] }], [Of("deals", Text("a")) with { Indexes = [new("by_a", ["a"], true)] }],
            ["deals.a: replace_index"]),
        ["a dropped index"] = new([Of("deals", Text("a")) with { Indexes = [new("by_a", ["a"], false)] }], [Of("deals", Text("a"))], ["deals.a: drop_index"]),
        ["an index of a column that is dropped"] = new(
            [Of("deals", Text("a"), Text("b")) with { Indexes = [new("ab", ["a", "b"], false)] }], [Of("deals", Text("b")) with { Indexes = [new("ab", ["b"], false)] }],
            ["deals.a: drop_column", "deals.b: replace_index"]),
        ["an index that moves to another table"] = new(
            [Of("a", Text("x")) with { Indexes = [new("by_x", ["x"], false)] }, Of("b", Text("x"))], [Of("a", Text("x")), Of("b", Text("x")) with { Indexes = [new("by_x", ["x"], false)] }],
            ["a.x: drop_index", "b.x: add_index"]),
        ["an index of a link beside its own, and then instead"] = new(
            [Of("deals", Link("owner", null))], [Of("deals", Link("owner", null)) with { Indexes = [new("by_owner", ["owner"], false)] }],
            ["deals.owner: add_index", "deals.owner: drop_index"]),
        ["a table whose entity is gone"] = new([Of("deals"), Of("notes")], [Of("deals")], ["notes: drop_table"]),
        ["a table whose entity has another name, with the same index"] = new(
            [Of("deals", Text("a")) with { Indexes = [new("by_a", ["a"], false)] }], [Of("chances", Text("a")) with { Indexes = [new("by_a", ["a"], false)] }],
            ["chances: create_table", "deals: drop_table"]),
        ["nothing at all"] = new([Of("deals", Stage, Link("owner", null))], [Of("deals", Stage, Link("owner", null))], []),
        ["the order of fields, values and entities"] = new(
            [Of("deals", Stage, Text("title")), Of("notes")], [Of("notes"), Of("deals", Text("title"), Stage with { EnumValues = ["won", "lead"] })], []),
        ["a default that is written differently"] = new(
            [Of("deals", Number("size") with { Default = "'1.50'::double precision" }, Time("due") with { Default = "current_timestamp" }, new("extra", FieldType.Json) { Default = "'{\"b\": 1, \"a\":[2]}'::jsonb" })],
            [Of("deals", Number("size") with { Default = "'15e-1'::double precision" }, Time("due") with { Default = "now()" }, new("extra", FieldType.Json) { Default = "'{\"a\":[2],\"b\":1}'::jsonb" })],
            []),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Told_and_done(string name)
    {
        var (before, after, expected) = Cases[name];
        var app = database.NewApp();
        await app.ApplyAsync(Built(before));
        Assert.Empty(await app.CompareAsync(Built(before)));

        Assert.Equal(expected, (await app.CompareAsync(Built(after))).Short());
        Assert.Equal(expected, (await app.ApplyAsync(Built(after))).Short());
        var rest = expected.Where(change => change.EndsWith("drop_table", StringComparison.Ordinal));
        Assert.Equal(rest, (await app.CompareAsync(Built(after))).Short());

        // And back.
        await app.ApplyAsync(Built(before));
        Assert.DoesNotContain(await app.CompareAsync(Built(before)), change => change.ChangeType != "drop_table");
    }

    [Fact]
    public async Task Comparing_changes_nothing_and_says_what_may_lose_data()
    {
        var app = database.NewApp();
        Assert.Equal(["deals: create_table"], (await app.CompareAsync(Built([Of("deals", Text("size"), Text("gone"))]))).Short());
        Assert.Null(await app.ReadAsync<string>($"select to_regnamespace('{app.Id}')::text"));
        Assert.False(await app.ReadAsync<bool>($"select exists (select from pg_roles where rolname = 'rootcx_app_{app.Id}')"));

        await app.ApplyAsync(Built([Of("deals", Text("size"), Text("gone")), Of("notes")]));
        var changes = await app.CompareAsync(Built([Of("deals", Number("size"), Stage)]));
        Assert.Equal(["alter_type", "drop_column"], changes.Where(change => change.IsDestructive).Select(change => change.ChangeType).Order());
        Assert.Contains("stay", changes.Single(change => change.ChangeType == "drop_table").Detail, StringComparison.Ordinal);
        Assert.Equal("text to double precision", changes.Single(change => change.ChangeType == "alter_type").Detail);
        Assert.Equal(changes, await app.CompareAsync(Built([Of("deals", Number("size"), Stage)])));
    }

    [Fact]
    public async Task An_app_without_entities_gets_neither_schema_nor_role()
    {
        var app = database.NewApp();
        Assert.Empty(await app.ApplyAsync());
        Assert.Null(await app.ReadAsync<string>($"select to_regnamespace('{app.Id}')::text"));
    }

    [Fact]
    public async Task Fifty_entities_take_as_many_round_trips_as_one()
    {
        Assert.Equal(await RoundTripsAsync(Many(1)), await RoundTripsAsync(Many(50)));

        static Entity[] Many(int count) => Built(
        [
            .. Enumerable.Range(0, count).Select(number => Of(
                $"e{number}", Stage, Text("title") with { Required = true }, Text("code") with { Unique = true }, Link("next", $"e{(number + 1) % count}"), Link("owner", null)) with
            {
                Identity = ("e", "code"), Indexes = [new($"e{number}_by_stage", ["stage", "title"], false)],
            }),
        ]);
    }

    // Npgsql tells of each command or batch that it sends; those of this test have its trace.
    private async Task<int> RoundTripsAsync(Entity[] entities)
    {
        var app = database.NewApp();
        using var trace = new Activity("install").SetIdFormat(ActivityIdFormat.W3C).Start();
        var sent = 0;
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStarted = activity => Interlocked.Add(ref sent, activity.TraceId == trace.TraceId && !activity.OperationName.Contains("connect", StringComparison.OrdinalIgnoreCase) ? 1 : 0),
        };
        ActivitySource.AddActivityListener(listener);
        await app.ApplyAsync(entities);
        Assert.True(sent > 0, "nothing was heard of Npgsql");
        return sent;
    }

    private sealed record Case(EntityOf[] Before, EntityOf[] After, string[] Expected);
}
