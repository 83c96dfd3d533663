using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Data;

/// <summary>What <c>ctx.sql</c> does and refuses. Each test has tables of its own.</summary>
public sealed class SqlTests(SqlApp app) : IClassFixture<SqlApp>
{
    [Fact]
    public async Task Statements_read_and_change_what_the_app_made_itself()
    {
        await app.OwnAsync("create table notes (id int primary key, text text)");

        var inserted = await app.SqlAsync("insert into notes values ($1, $2), (2, 'two')", 1, "one");
        Assert.Equal("""{"columns":[],"rows":[],"rowCount":2}""", inserted.ToJsonString());
        var returned = await app.SqlAsync("update notes set text = upper(text) where id = $1 returning id, text", 1);
        Assert.Equal("""{"columns":["id","text"],"rows":[[1,"ONE"]],"rowCount":1}""", returned.ToJsonString());
        var read = await app.SqlAsync("select id, text, text as id from notes where id = any($1) order by 1 desc", new JsonArray(1, 2, 3));
        Assert.Equal("""{"columns":["id","text","id"],"rows":[[2,"two","two"],[1,"ONE","ONE"]],"rowCount":2}""", read.ToJsonString());
        Assert.Equal("""{"columns":[],"rows":[],"rowCount":0}""", (await app.SqlAsync("delete from notes where id = 9")).ToJsonString());
        Assert.Equal("""{"columns":["id"],"rows":[],"rowCount":0}""", (await app.SqlAsync("select id from notes where id = 9")).ToJsonString());
    }

    [Theory]
    [InlineData("values (1), (2)", 2)]
    [InlineData("with a as (select 1 union select 2) select * from a", 2)]
    [InlineData("(select 1) union (select 2)", 2)]
    [InlineData("SELECT 1;", 1)]
    [InlineData("\n -- a line\n /* a /* nested */ comment */ select 1 -- and more", 1)]
    [InlineData("explain select 1", 1)]
    [InlineData("explain (select 1)", 1)]
    [InlineData("explain ((select 1) union all (select 2)) limit 1", 4)]
    [InlineData("EXPLAIN ANALYZE VERBOSE values (1)", 4)]
    [InlineData("explain (costs off, /* as */ format 'json') -- what\n (select 1)", 1)]
    [InlineData("explain verbose with a as (select 1) select * from a", 2)]
    [InlineData("explain insert into words values ('explained')", 2)]
    [InlineData("merge into words using (values ('merged')) as given (word) on false when not matched then insert values (given.word)", 1)]
    [InlineData("with made as (insert into words values ('with') returning word) select * from made", 1)]
    [InlineData("table words limit 0", 0)]
    [InlineData("select 'a;b', ';' as \";\", $$;$$ -- ;", 1)]
    [InlineData("select 'US$1'", 1)]
    public async Task Statements_that_read_or_change_rows_are_taken(string text, int rowCount)
    {
        await app.OwnAsync("create table if not exists words (word text)");
        Assert.Equal(rowCount, (await app.SqlAsync(text))["rowCount"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("create table t (a int)", "'create'")]
    [InlineData("DROP TABLE words", "'DROP'")]
    [InlineData("/* select */ set role none", "'set'")]
    [InlineData("do $$ begin end $$", "'do'")]
    [InlineData("copy words to stdout", "'copy'")]
    [InlineData("begin", "'begin'")]
    [InlineData("commit", "'commit'")]
    [InlineData("-- select\rtruncate words", "'truncate'")]
    [InlineData("call p()", "'call'")]
    [InlineData("listen a", "'listen'")]
    [InlineData("selected", "'selected'")]
    [InlineData("", "nothing of that kind")]
    [InlineData(" -- select 1", "nothing of that kind")]
    [InlineData("/* select 1", "nothing of that kind")]
    [InlineData("; select 1", "nothing of that kind")]
    public Task Other_statements_are_refused(string text, string found) => app.AssertFailsAsync(
        text, $"sql() takes one statement that begins with select, insert, update, delete, merge, with, values, table or explain; this begins with {found}");

    [Theory]
    [InlineData("explain create table explained as select 1", "'create'")]
    [InlineData("explain analyze create table explained as select 1", "'create'")]
    [InlineData("explain analyse verbose CREATE TABLE explained as select 1", "'CREATE'")]
    [InlineData("EXPLAIN (analyze, format 'json') create table explained as select 1", "'create'")]
    [InlineData("explain(analyze)create materialized view explained as select 1", "'create'")]
    [InlineData("explain /* select */ (verbose /* select */) -- select\n refresh materialized view explained", "'refresh'")]
    [InlineData("explain declare explained cursor for select 1", "'declare'")]
    [InlineData("explain analyze execute explained", "'execute'")]
    [InlineData("explain explain select 1", "'explain'")]
    [InlineData("explain analyze", "nothing of that kind")]
    [InlineData("explain (analyze", "nothing of that kind")]
    public Task Other_statements_are_not_explained(string text, string found) => app.AssertFailsAsync(
        text, $"sql() explains one statement that begins with select, insert, update, delete, merge, with, values or table; this begins with {found}");

    [Theory]
    [InlineData("select 1 as a into selected")]
    [InlineData("select into selected")]
    [InlineData("select 1 as a into selected where false")]
    [InlineData("(select 1 as a into selected)")]
    [InlineData("with given as (select 1 as a) select a into selected from given")]
    [InlineData("select generate_series(1, 2000) as a into unlogged table selected")]
    [InlineData("select $1::int as a into selected", 1)]
    public async Task A_select_that_makes_a_table_is_refused(string text, params int[] parameters)
    {
        await app.AssertFailsAsync(
            text, "sql() takes no select … into, which makes a table, and no select without columns", [.. parameters.Select(parameter => JsonValue.Create(parameter))]);
        Assert.True((await app.ValueAsync("select to_regclass('selected') is null"))!.GetValue<bool>());
    }

    [Theory]
    [InlineData("explain analyze insert into undone values (1)")]
    [InlineData("explain analyze select 1 as a into undone_too")]
    [InlineData("explain (analyze) with added as (insert into undone values (1) returning n) select n as a into undone_too from added")]
    public async Task What_is_run_to_be_explained_is_undone(string text)
    {
        await app.OwnAsync("create table if not exists undone (n int)");
        Assert.Equal("QUERY PLAN", (await app.SqlAsync(text))["columns"]![0]!.GetValue<string>());
        Assert.Equal("[[0,true]]", (await app.SqlAsync("select count(*), to_regclass('undone_too') is null from undone"))["rows"]!.ToJsonString());
    }

    [Theory]
    [InlineData("select 1; drop table kept", false)]
    [InlineData("select $1::int; drop table kept", true)]
    [InlineData("select 1; commit; drop table kept", false)]
    public async Task A_second_statement_is_refused_and_not_run(string text, bool withParameter)
    {
        await app.OwnAsync("create table if not exists kept (a int)");

        await app.AssertFailsAsync(text, "cannot insert multiple commands into a prepared statement", withParameter ? [1] : []);
        Assert.Equal(0, (await app.ValueAsync("select count(*) from kept"))!.GetValue<int>());
    }

    [Theory]
    [InlineData("selec 1 from", "sql() takes one statement that begins with select, insert, update, delete, merge, with, values, table or explain; this begins with 'selec'")]
    [InlineData("select from from", "syntax error at or near \"from\"")]
    [InlineData("select * from nothing_there", "relation \"nothing_there\" does not exist")]
    [InlineData("select $1::int", "invalid input syntax for type integer: \"abc\"", "abc")]
    [InlineData("select 1", "could not determine data type of parameter $1", "abc")]
    [InlineData("select $1::int, $2::int", "bind message supplies 1 parameters, but prepared statement \"\" requires 2", "1")]
    [InlineData("select $1::text", "invalid byte sequence for encoding \"UTF8\": 0x00", "\0")]
    [InlineData("select 1 / 0", "division by zero")]
    public Task What_PostgreSQL_says_is_what_the_promise_rejects_with(string text, string error, params string[] parameters) =>
        app.AssertFailsAsync(text, error, [.. parameters.Select(parameter => JsonValue.Create(parameter))]);

    [Fact]
    public async Task Parameters_that_are_missing_altogether_are_an_error()
    {
        await app.AssertFailsAsync("select $1::int", "bind message supplies 0 parameters, but prepared statement \"\" requires 1");
        await app.AssertFailsAsync("select $1::int; select 2", "sql() was given $1 in a text with a semicolon, and no parameters");
    }

    [Fact]
    public async Task A_statement_runs_as_the_app_in_its_own_schema()
    {
        var who = await app.SqlAsync("select session_user::text, current_user::text, current_schema()::text");
        Assert.Equal($"""[["rootcx_app_{app.App.Id}","rootcx_app_{app.App.Id}","{app.App.Id}"]]""", who["rows"]!.ToJsonString());
        await app.AssertFailsAsync("select * from rootcx_system.users", "permission denied for schema rootcx_system");
    }

    [Theory]
    [InlineData("statement_timeout", "0", "8s")]
    [InlineData("search_path", "rootcx_system", null)]
    [InlineData("standard_conforming_strings", "off", "on")]
    [InlineData("datestyle", "German", "ISO, MDY")]
    public async Task What_a_statement_sets_is_gone_after_it(string setting, string value, string? usual)
    {
        // On each of the connections that there may be.
        await app.RunAsync($"await Promise.all([1, 2, 3, 4].map(() => ctx.sql(`select set_config('{setting}', '{value}', false), pg_sleep(0.1)`)));");
        var seen = await app.RunAsync($"return await Promise.all([1, 2, 3, 4].map(async () => (await ctx.sql(`select current_setting('{setting}'), pg_sleep(0.1)`)).rows[0][0]));");
        Assert.All(seen!.AsArray(), now => Assert.Equal(usual ?? app.App.Id, now!.GetValue<string>()));
    }

    [Fact]
    public async Task Settings_that_the_app_gave_its_role_do_not_change_what_statements_return()
    {
        await app.OwnAsync($"alter role current_user set bytea_output = 'escape'; alter role current_user set timezone = 'Asia/Tokyo'; alter role current_user set statement_timeout = 0");
        using var restarted = await app.App.WorkerAsync("stop");
        using var started = await app.App.WorkerAsync("start");
        await Eventually.TrueAsync(async () => await app.App.StatusAsync() == "running", "the worker did not start");

        var row = (await app.SqlAsync("select '\\x0a'::bytea, '2026-01-01 00:00:00+00'::timestamptz, current_setting('statement_timeout')"))["rows"]![0]!.AsArray();
        Assert.Equal(["\\x0a", "2026-01-01T00:00:00+00:00", "8s"], row.Select(value => value!.GetValue<string>()));
    }

    [Fact]
    public async Task OnStart_and_jobs_have_it_too()
    {
        var other = await app.App.Client.DeployedAsync("""
            let atStart;
            serve({ seen: async (_, __, { sql }) => [atStart, (await sql("select count(*) from done")).rows[0][0]] }, {
              onStart: async ({ sql, databaseUrl }) => {
                await new Bun.SQL(databaseUrl)`create table if not exists done (job text)`;
                atStart = (await sql("select 'started'")).rows[0][0];
              },
              onJob: async (payload, caller, { sql, jobId }) => { await sql("insert into done values ($1)", [jobId]); },
            });
            """);
        using var enqueued = await other.Client.PostAsync($"/api/v1/apps/{other.Id}/jobs", new JsonObject { ["payload"] = new JsonObject() });
        await Eventually.TrueAsync(async () => (await other.RpcAsync("seen"))!.ToJsonString() == """["started",1]""", "the job did not write its row");
    }
}
