using Npgsql;
using RootCx.Core.Errors;
using RootCx.Core.Manifests;
using RootCx.Tests.Platform;
using static RootCx.Tests.Schemas.Fields;

namespace RootCx.Tests.Schemas;

/// <summary>What tables do to rows, and changes to rows that are there.</summary>
public sealed class SchemaRowTests(SchemaDatabase database) : IClassFixture<SchemaDatabase>
{
    // From, to, a value as SQL, and what becomes of it as text; null for null, ! for a refusal.
    public static TheoryData<FieldType, FieldType, string, string?> Conversions => new()
    {
        { FieldType.Text, FieldType.Number, "' 42.5 '", "42.5" },
        { FieldType.Text, FieldType.Number, "' '", null },
        { FieldType.Text, FieldType.Number, "'many'", "!" },
        { FieldType.Text, FieldType.Boolean, "'true'", "true" },
        { FieldType.Text, FieldType.Date, "'2026-03-15'", "2026-03-15" },
        { FieldType.Text, FieldType.Timestamp, "'2026-03-15T12:00:00+02:00'", "2026-03-15 10:00:00+00" },
        { FieldType.Text, FieldType.Uuid, "'8a6e0804-2bd0-4672-b79d-d97027f9071a'", "8a6e0804-2bd0-4672-b79d-d97027f9071a" },
        { FieldType.Text, FieldType.Uuid, "''", null },
        { FieldType.Text, FieldType.Json, "'a\"b'", "\"a\\\"b\"" },
        { FieldType.Text, FieldType.TextArray, "'a,b'", "{\"a,b\"}" },
        { FieldType.Text, FieldType.TextArray, "null", null },
        { FieldType.Text, FieldType.NumberArray, "'7'", "{7}" },
        { FieldType.Number, FieldType.Text, "42.5", "42.5" },
        { FieldType.Number, FieldType.Boolean, "0", "false" },
        { FieldType.Number, FieldType.Boolean, "-2", "true" },
        { FieldType.Number, FieldType.Json, "1.5", "1.5" },
        { FieldType.Number, FieldType.NumberArray, "1.5", "{1.5}" },
        { FieldType.Number, FieldType.Date, "5", "!" },
        { FieldType.Boolean, FieldType.Number, "true", "1" },
        { FieldType.Boolean, FieldType.Text, "false", "false" },
        { FieldType.Boolean, FieldType.NumberArray, "true", "{1}" },
        { FieldType.Date, FieldType.Timestamp, "'2026-03-15'", "2026-03-15 00:00:00+00" },
        { FieldType.Timestamp, FieldType.Date, "'2026-03-15T23:30:00Z'", "2026-03-15" },
        { FieldType.Timestamp, FieldType.Text, "'2026-03-15T23:30:00Z'", "2026-03-15T23:30:00+00:00" },
        { FieldType.Date, FieldType.Text, "'2026-03-15'", "2026-03-15" },
        { FieldType.Uuid, FieldType.Text, "'8a6e0804-2bd0-4672-b79d-d97027f9071a'", "8a6e0804-2bd0-4672-b79d-d97027f9071a" },
        { FieldType.Uuid, FieldType.Number, "'8a6e0804-2bd0-4672-b79d-d97027f9071a'", "!" },
        { FieldType.Json, FieldType.Text, "'\"plain\"'", "plain" },
        { FieldType.Json, FieldType.Text, "'{\"a\": 1}'", "{\"a\": 1}" },
        { FieldType.Json, FieldType.Text, "'null'", null },
        { FieldType.Json, FieldType.Number, "'12'", "12" },
        { FieldType.Json, FieldType.TextArray, "'[\"a\", 2, null]'", "{a,2,NULL}" },
        { FieldType.Json, FieldType.TextArray, "'\"a\"'", "{a}" },
        { FieldType.Json, FieldType.NumberArray, "'[1, 2.5]'", "{1,2.5}" },
        { FieldType.Json, FieldType.NumberArray, "'[\"x\"]'", "!" },
        { FieldType.TextArray, FieldType.NumberArray, "'{1,2.5}'", "{1,2.5}" },
        { FieldType.NumberArray, FieldType.TextArray, "'{1,2.5}'", "{1,2.5}" },
        { FieldType.TextArray, FieldType.Json, "'{a,b}'", "[\"a\", \"b\"]" },
        { FieldType.TextArray, FieldType.Text, "'{a,\"b,c\"}'", "[\"a\", \"b,c\"]" },
        { FieldType.TextArray, FieldType.Date, "'{a}'", "!" },
    };

    [Theory]
    [MemberData(nameof(Conversions))]
    public async Task A_value_is_converted_to_a_new_type_or_refuses_the_change(FieldType from, FieldType to, string value, string? expected)
    {
        var app = database.NewApp();
        await app.ApplyAsync(Of("t", new Field("v", from), Text("other")).Built);
        await app.ExecuteAsync($"insert into t (v, other) values ({value}, 'kept'), (null, 'null')");
        if (expected == "!")
        {
            Assert.StartsWith("22", await app.FailsAsync(Of("t", new Field("v", to), Text("other")).Built), StringComparison.Ordinal);
            Assert.Equal(1, await app.ReadAsync<long>($"select count(*) from t where v = {value}"));
            return;
        }

        await app.ApplyAsync(Of("t", new Field("v", to), Text("other")).Built);
        Assert.Equal(expected, await app.ReadAsync<string>("select v::text from t where other = 'kept'"));
        Assert.Equal(1, await app.ReadAsync<long>("select count(*) from t where v is null and other = 'null'"));
    }

    [Fact]
    public async Task Every_type_can_become_every_other_while_there_are_no_values()
    {
        var app = database.NewApp();
        foreach (var from in Enum.GetValues<FieldType>())
        {
            foreach (var to in Enum.GetValues<FieldType>())
            {
                await app.ApplyAsync(Of("t", new Field("v", from)).Built);
                await app.ExecuteAsync("insert into t default values");
                await app.ApplyAsync(Of("t", new Field("v", to)).Built);
                Assert.Empty(await app.CompareAsync(Of("t", new Field("v", to)).Built));
            }
        }
    }

    [Fact]
    public async Task Rows_get_what_they_were_not_given()
    {
        var app = database.NewApp();
        var entity = Of("t", Text("word") with { Default = "'it''s \\ \"x\"'::text", Required = true }, Number("size") with { Default = "'-1.5'::double precision" }, Time("due") with { Default = "now()" }).Built;
        await app.ApplyAsync(entity);
        await app.ExecuteAsync("insert into t default values");
        Assert.Equal("it's \\ \"x\" -1.5", await app.ReadAsync<string>("select word || ' ' || size from t where id is not null and due = created_at and updated_at = created_at"));
        Assert.Empty(await app.CompareAsync(entity));
    }

    [Fact]
    public async Task Only_allowed_values_are_taken_whatever_they_are_written_with()
    {
        var app = database.NewApp();
        string[] values = ["it's", "a\\b", "\"q\"", "E'x'", "", "ü 'n' \\'", "a, b", "$1", "''"];
        var entity = Of("t", Text("v") with { EnumValues = values }, Number("n") with { EnumValues = ["1", "-2.50", "1e3"] }).Built;
        await app.ApplyAsync(entity);
        Assert.Empty(await app.CompareAsync(entity));
        foreach (var value in values)
        {
            await app.ExecuteAsync($"insert into t (v, n) values ($v${value}$v$, -2.5), (null, null), (null, 1000)");
        }

        Assert.Equal("23514", (await Assert.ThrowsAsync<PostgresException>(() => app.ExecuteAsync("insert into t (v) values ('its')"))).SqlState);
        Assert.Equal("23514", (await Assert.ThrowsAsync<PostgresException>(() => app.ExecuteAsync("insert into t (n) values (2)"))).SqlState);
        Assert.Equal(["t.v: update_enum"], (await app.CompareAsync(Of("t", Text("v") with { EnumValues = values[1..] }, entity.Find("n")!).Built)).Short());
        Assert.Equal("23514", await app.FailsAsync(Of("t", Text("v") with { EnumValues = values[1..] }, entity.Find("n")!).Built));
        await app.ApplyAsync(Of("t", Text("v"), Number("n")).Built);
        await app.ExecuteAsync("insert into t (v, n) values ('anything', 17)");
    }

    [Fact]
    public async Task Nulls_become_the_default_before_they_are_refused_and_count_as_a_change_of_the_row()
    {
        var app = database.NewApp();
        await app.ApplyAsync(Of("t", Text("v"), Text("other")).Built);
        await app.ExecuteAsync("insert into t (v, other) values (null, 'a'), ('mine', 'b')");
        Assert.Equal("23502", await app.FailsAsync(Of("t", Text("v") with { Required = true }, Text("other")).Built));
        await app.ApplyAsync(Of("t", Text("v") with { Required = true, Default = "'new'::text" }, Text("other")).Built);
        Assert.Equal("new mine", await app.ReadAsync<string>("select string_agg(v, ' ' order by other) from t"));
        Assert.Equal("a", await app.ReadAsync<string>("select other from t where updated_at > created_at"));
    }

    [Fact]
    public async Task Nulls_that_become_the_default_are_recorded_as_any_change_and_the_tables_log_stays_attached()
    {
        var app = database.NewApp();
        await app.ApplyAsync(Of("t", Text("v"), Link("up", "t")).Built);
        await app.AuditAsync("t");
        await app.ExecuteAsync("insert into t default values");
        await app.ApplyAsync(Of("t", Text("v") with { Required = true, Default = "'new'::text", Unique = true }, Number("n") with { Required = true, Default = "'1'::double precision" }).Built);
        await app.ExecuteAsync("insert into t (v) values ('more')");
        Assert.Equal(
            "INSERT, UPDATE, INSERT",
            await app.ReadAsync<string>($"select string_agg(operation, ', ' order by id) from rootcx_system.row_audit where table_schema = '{app.Id}'"));
    }

    [Fact]
    public async Task A_new_required_field_needs_a_default_if_there_are_rows()
    {
        var app = database.NewApp();
        await app.ApplyAsync(Of("t").Built);
        await app.ExecuteAsync("insert into t default values");
        Assert.Equal("23502", await app.FailsAsync(Of("t", Text("v") with { Required = true }).Built));
        Assert.Equal(["t.v: add_column"], (await app.CompareAsync(Of("t", Text("v") with { Required = true }).Built)).Short());
        await app.ApplyAsync(Of("t", Text("v") with { Required = true, Default = "'x'::text" }).Built);
        Assert.Equal("x", await app.ReadAsync<string>("select v from t"));
    }

    [Fact]
    public async Task Rows_that_are_not_unique_or_point_to_nothing_refuse_such_keys()
    {
        var app = database.NewApp();
        await app.ApplyAsync(Of("t", Text("code"), Uuid("parent")).Built);
        await app.ExecuteAsync("insert into t (code, parent) values ('a', gen_random_uuid()), ('a', null)");
        Assert.Equal("23505", await app.FailsAsync(Of("t", Text("code") with { Unique = true }, Uuid("parent")).Built));
        Assert.Equal("23503", await app.FailsAsync(Of("t", Text("code"), Link("parent", "t")).Built));
        Assert.Equal("23505", await app.FailsAsync((Of("t", Text("code"), Uuid("parent")) with { Indexes = [new("by_code", ["code"], true)] }).Built));
        Assert.Empty(await app.CompareAsync(Of("t", Text("code"), Uuid("parent")).Built));
    }

    [Fact]
    public async Task A_deleted_target_is_protected_forgotten_or_takes_what_points_to_it_along_as_the_rule_now_says()
    {
        var app = database.NewApp();
        EntityOf[] By(DeleteRule rule) => [Of("deals"), Of("notes", Link("deal", "deals", rule: rule))];
        await app.ApplyAsync(Built(By(DeleteRule.Restrict)));
        await app.ExecuteAsync("with d as (insert into deals default values returning id) insert into notes (deal) select id from d");
        Assert.Contains((await Assert.ThrowsAsync<PostgresException>(() => app.ExecuteAsync("delete from deals"))).SqlState, (string[])["23001", "23503"]);

        await app.ApplyAsync(Built(By(DeleteRule.SetNull)));
        await app.ExecuteAsync("delete from deals");
        Assert.Equal(1, await app.ReadAsync<long>("select count(*) from notes where deal is null"));

        await app.ApplyAsync(Built(By(DeleteRule.Cascade)));
        await app.ExecuteAsync("with d as (insert into deals default values returning id) insert into notes (deal) select id from d");
        await app.ExecuteAsync("delete from deals");
        Assert.Equal(1, await app.ReadAsync<long>("select count(*) from notes"));
        Assert.Equal("23503", (await Assert.ThrowsAsync<PostgresException>(() => app.ExecuteAsync("insert into notes (deal) values (gen_random_uuid())"))).SqlState);
    }

    [Fact]
    public async Task A_link_to_users_holds_users_only_and_is_forgotten_with_them()
    {
        var app = database.NewApp();
        await app.ApplyAsync(Of("deals", Link("owner", null)).Built);
        Assert.Equal("23503", (await Assert.ThrowsAsync<PostgresException>(() => app.ExecuteAsync("insert into deals (owner) values (gen_random_uuid())"))).SqlState);
        await app.ExecuteAsync($"with u as (insert into users (email) values ('{app.Id}@example.com') returning id) insert into deals (owner) select id from u");
        await app.ExecuteAsync($"delete from users where email = '{app.Id}@example.com'");
        Assert.Equal(1, await app.ReadAsync<long>("select count(*) from deals where owner is null"));
    }

    [Fact]
    public async Task Values_survive_a_change_of_the_ids_type_and_still_point_to_each_other()
    {
        var app = database.NewApp();
        await app.ApplyAsync(Built([Of("deals", Link("parent", "deals")), Of("notes", Link("deal", "deals")), Of("gone", Link("deal", "deals"))]));
        await app.ExecuteAsync("with d as (insert into deals default values returning id) insert into notes (deal) select id from d");
        var id = new Field("id", FieldType.Text) { Required = true };

        // A table whose entity is gone keeps its rows, but can't point to ids of another type.
        await app.ApplyAsync(Built([Of("deals", id, Link("parent", "deals", FieldType.Text)), Of("notes", Link("deal", "deals", FieldType.Text))]));
        Assert.Equal(1, await app.ReadAsync<long>("select count(*) from deals join notes on deal = deals.id"));
        Assert.Equal("23503", (await Assert.ThrowsAsync<PostgresException>(() => app.ExecuteAsync("insert into notes (deal) values ('nothing')"))).SqlState);
    }

    [Fact]
    public async Task Rows_are_found_by_what_they_point_to_through_an_index_always()
    {
        var app = database.NewApp();
        await app.ApplyAsync(Built(
        [
            Of("a", Link("one", "a"), Link("two", "a") with { Unique = true }, Link("three", null)) with { Identity = ("a", "three") },
            Of("b", Link("one", "a"), Link("two", "a")) with { Indexes = [new("two_one", ["two", "one"], false)] },
        ]));
        Assert.Equal(
            $"a_pkey b_pkey idx_identity_a_three idx_{app.Id}_a_one idx_{app.Id}_b_one two_one uq_a_two",
            await app.ReadAsync<string>($"select string_agg(indexname, ' ' order by indexname collate \"C\") from pg_indexes where schemaname = '{app.Id}'"));
        Assert.Equal(
            $"fk_{app.Id}_a_one_a fk_{app.Id}_a_three_core_users fk_{app.Id}_a_two_a fk_{app.Id}_b_one_a fk_{app.Id}_b_two_a",
            await app.ReadAsync<string>($"select string_agg(conname, ' ' order by conname collate \"C\") from pg_constraint where contype = 'f' and connamespace = '{app.Id}'::regnamespace"));
    }

    [Fact]
    public async Task Views_that_the_app_made_go_with_a_dropped_column_and_stand_against_another_type()
    {
        var app = database.NewApp();
        await app.ApplyAsync(Of("t", Text("v")).Built);
        await using (var session = await app.LogInAsync())
        {
            await using var view = new NpgsqlCommand("create view shown as select v from t", session);
            await view.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal("0A000", await app.FailsAsync(Of("t", Number("v")).Built));
        await app.ApplyAsync(Of("t").Built);
        Assert.Null(await app.ReadAsync<string>($"select to_regclass('{app.Id}.shown')::text"));
    }

    [Fact]
    public async Task A_table_that_is_in_use_for_long_is_told_and_nothing_is_changed()
    {
        await using var impatient = await database.AnotherAsync(new Dictionary<string, string?> { ["Apps:LockTimeout"] = "00:00:00.3" });
        var app = new AppSchema(impatient, App.NewId());
        await app.ApplyAsync(Of("t").Built);
        await using var session = await app.LogInAsync();
        await using var transaction = await session.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (var use = new NpgsqlCommand("insert into t default values", session))
        {
            await use.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var refused = await Assert.ThrowsAsync<RefusedException>(() => app.ApplyAsync(Of("t", Text("v")).Built));
        Assert.Equal(Refusal.Unavailable, refused.Refusal);
        Assert.StartsWith($"tables of app '{app.Id}' have to be changed and were in use for all of 0.3 s", refused.Message, StringComparison.Ordinal);
        await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["t.v: add_column"], (await app.ApplyAsync(Of("t", Text("v")).Built)).Short());
    }
}
