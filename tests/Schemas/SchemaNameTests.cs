using Npgsql;
using RootCx.Core.Errors;
using RootCx.Core.Manifests;
using static RootCx.Tests.Schemas.Fields;

namespace RootCx.Tests.Schemas;

/// <summary>Names that are too long, come to the same, or are taken.</summary>
public sealed class SchemaNameTests(SchemaDatabase database) : IClassFixture<SchemaDatabase>
{
    [Fact]
    public async Task Names_of_the_greatest_length_are_told_apart_and_found_again()
    {
        var app = database.NewApp($"t{Guid.NewGuid():n}{new string('x', 15)}");
        var longest = new string('e', 62);
        var entities = Built(
        [
            Of(longest + "1", Field(longest + "1"), Field(longest + "2"), Link(longest + "3", longest + "2")) with
            {
                Identity = ("kind", longest + "1"), Indexes = [new(new string('i', 62) + "1", [longest + "1", longest + "2"], false), new(new string('i', 62) + "2", [longest + "2"], true)],
            },
            Of(longest + "2", Link(longest + "3", longest + "1"), Link(longest + "4", longest + "1"), Link(longest + "5", null)),
        ]);
        await app.ApplyAsync(entities);
        Assert.Empty(await app.CompareAsync(entities));
        Assert.Equal(4, await app.ReadAsync<long>($"select count(*) from pg_constraint where contype = 'f' and connamespace = '{app.Id}'::regnamespace"));

        await app.ApplyAsync(Built([Of(longest + "1"), Of(longest + "2")]));
        Assert.Empty(await app.CompareAsync(Built([Of(longest + "1"), Of(longest + "2")])));

        static Field Field(string name) => Text(name) with { Unique = true, EnumValues = ["a"] };
    }

    [Fact]
    public async Task Names_that_are_put_together_the_same_from_different_parts_are_told_apart()
    {
        var app = database.NewApp();
        Field[] fields = [Link("b_c", "c") with { Unique = true }, Link("b", "c_c"), Text("x_y") with { Unique = true }];
        Field[] others = [Link("c", "c"), Link("c_b", "c"), Text("c_x_y") with { Unique = true }, Text("y") with { Unique = true }];
        var first = Built([Of("a", fields) with { Identity = ("k", "x_y") }, Of("c"), Of("c_c")]);
        var both = Built([Of("a", fields) with { Identity = ("k", "x_y") }, Of("a_b", others) with { Identity = ("k", "c") }, Of("a_x", others) with { Identity = ("k", "y") }, Of("c"), Of("c_c")]);
        await app.ApplyAsync(first);
        Assert.Equal(["a_b: create_table", "a_x: create_table"], (await app.ApplyAsync(both)).Short());
        Assert.Empty(await app.CompareAsync(both));
        Assert.Equal(["a_b: drop_table", "a_x: drop_table"], (await app.CompareAsync(first)).Short());
    }

    [Fact]
    public async Task An_entity_may_be_named_as_an_index_would_be()
    {
        var app = database.NewApp();
        var entities = Built([Of("notes", Text("a") with { Unique = true }, Link("up", "notes")), Of("notes_pkey"), Of("uq_notes_a"), Of($"idx_{app.Id}_notes_up")]);
        await app.ApplyAsync(entities);
        Assert.Empty(await app.CompareAsync(entities));
    }

    [Fact]
    public async Task Names_with_quotes_are_names()
    {
        // A manifest can't have them; whatever gets past its reader is data all the same.
        var app = database.NewApp();
        var entities = Built([Of("a\"; drop table x; --", Text("b\"c'd"), Link("e\"", "a\"; drop table x; --")) with { Indexes = [new("i\"", ["b\"c'd"], true)] }]);
        await app.ApplyAsync(entities);
        Assert.Empty(await app.CompareAsync(entities));
    }

    [Theory]
    [InlineData("create table deals (x text)", "table")]
    [InlineData("create view deals as select 1 as x", "view")]
    [InlineData("create materialized view deals as select 1 as x", "materialized view")]
    [InlineData("create sequence deals", "sequence")]
    [InlineData("create type deals as (x text)", "type")]
    [InlineData("create domain deals as text", "type")]
    [InlineData("create table mine (x text); create index deals on mine (x)", "index")]
    [InlineData("create table deals (x text) partition by list (x)", "partitioned table")]
    public async Task What_the_app_made_by_itself_is_not_touched_and_told(string sql, string kind)
    {
        var app = database.NewApp();
        await app.ApplyAsync(Of("notes").Built);
        await using (var session = await app.LogInAsync())
        {
            await using var make = new NpgsqlCommand(sql, session);
            await make.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        foreach (var attempt in (Func<Task>[])[() => app.CompareAsync(Built([Of("notes"), Of("deals")])), () => app.ApplyAsync(Built([Of("notes"), Of("deals")]))])
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(attempt);
            Assert.Equal(Refusal.Conflict, refused.Refusal);
            Assert.Equal($"the schema of app '{app.Id}' has {(kind == "index" ? "an" : "a")} {kind} 'deals' that the app made by itself: drop or rename it first", refused.Message);
        }

        // An index can't have the name either; what is generated gets out of the way.
        await Assert.ThrowsAsync<RefusedException>(() => app.ApplyAsync((Of("notes", Text("a")) with { Indexes = [new("deals", ["a"], false)] }).Built));
        Assert.Empty(await app.CompareAsync(Of("notes").Built));
    }

    [Fact]
    public async Task Generated_names_get_out_of_the_way_of_what_the_app_made()
    {
        var app = database.NewApp();
        await app.ApplyAsync(Of("notes").Built);
        await using (var session = await app.LogInAsync())
        {
            await using var make = new NpgsqlCommand($"create table uq_notes_code (x text); create table idx_{app.Id}_notes_up (x text); create table idx_identity_notes_code (x text)", session);
            await make.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var wanted = (Of("notes", Text("code") with { Unique = true }, Link("up", "notes")) with { Identity = ("k", "code") }).Built;
        await app.ApplyAsync(wanted);
        Assert.Empty(await app.CompareAsync(wanted));
    }

    [Fact]
    public async Task An_entity_with_the_name_of_an_index_that_is_there_is_told()
    {
        var app = database.NewApp();
        var notes = Of("notes", Text("a")) with { Indexes = [new("by_a", ["a"], false)] };
        await app.ApplyAsync(notes.Built);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => app.ApplyAsync(Built([notes with { Indexes = [] }, Of("by_a")])));
        Assert.Equal($"'by_a' is the name of an index in the schema of app '{app.Id}' already: choose another one", refused.Message);
    }
}
