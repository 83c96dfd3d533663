using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using RootCx.Core.Audit;
using RootCx.Core.Audit.Rows;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Audit;

/// <summary>What the database records by itself.</summary>
public sealed class RowAuditTests(PlatformStack stack)
{
    [Fact]
    public async Task A_row_that_is_made_changed_and_deleted_is_recorded_as_it_was_and_as_it_is_then()
    {
        await using var app = await HandMadeApp.CreateAsync(stack, "name text, amount double precision, tags text[], data jsonb, due date, at timestamptz");
        var user = Guid.NewGuid();
        const string Id = "00000000-0000-4000-8000-000000000001";
        var begun = DateTime.UtcNow.AddMinutes(-1);
        await app.ExecuteAsync(
            new RowActor(user, RowActor.Api),
            $$"""insert into $app.items values ('{{Id}}', 'a "b"', 0.1, '{x,y}', '{"k": [1, null]}', '2026-03-15', '2026-03-15 10:00:00.5+02')""");
        await app.ExecuteAsync(new RowActor(null, RowActor.Worker), "update $app.items set amount = 42.5");
        await app.ExecuteAsync("delete from $app.items");

        var entries = await app.EntriesAsync(stack);
        Assert.Equal(
            ["id", "table_schema", "table_name", "record_id", "operation", "old_record", "new_record", "actor_uid", "delegator_uid", "trigger_ref", "changed_at"],
            entries[0].AsObject().Select(property => property.Key));
        var first = JsonNode.Parse(
            $$"""{"id":"{{Id}}","name":"a \"b\"","amount":0.1,"tags":["x","y"],"data":{"k":[1,null]},"due":"2026-03-15","at":"2026-03-15T08:00:00.5+00:00"}""")!;
        var second = first.DeepClone();
        second["amount"] = 42.5;
        Assert.Equal(["INSERT", "UPDATE", "DELETE"], entries.Select(entry => Text(entry, "operation")));
        Assert.Equal([null, first, second], entries.Select(entry => entry["old_record"]), JsonNode.DeepEquals);
        Assert.Equal([first, second, null], entries.Select(entry => entry["new_record"]), JsonNode.DeepEquals);
        Assert.Equal([(user.ToString(), "api"), (null, "worker"), (null, null)], entries.Select(entry => (Text(entry, "actor_uid"), Text(entry, "trigger_ref"))));
        Assert.All(entries, entry => Assert.Equal((app.Id, "items", Id, null), (Text(entry, "table_schema"), Text(entry, "table_name"), Text(entry, "record_id"), entry["delegator_uid"])));
        Assert.All(entries, entry => Assert.InRange(entry["changed_at"]!.GetValue<DateTime>(), begun, DateTime.UtcNow.AddMinutes(1)));
        Assert.All(entries, entry => Assert.EndsWith("Z", Text(entry, "changed_at"), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Each_row_of_a_statement_is_recorded_and_a_statement_that_writes_none_leaves_nothing()
    {
        await using var app = await HandMadeApp.CreateAsync(stack, "position integer unique");
        await app.ExecuteAsync("insert into $app.items (position) select 1 where false; update $app.items set position = 0; delete from $app.items");
        Assert.Empty(await app.EntriesAsync(stack));

        await app.ExecuteAsync("insert into $app.items (position) select * from generate_series(1, 1000)");
        await app.ExecuteAsync("update $app.items set position = -position where position > 990");
        await app.ExecuteAsync("insert into $app.items (position) values (1), (1001) on conflict (position) do update set position = 5000");
        await app.ExecuteAsync(
            """
            merge into $app.items using (values (2), (1002)) as source (position) on source.position = items.position
            when matched then delete when not matched then insert (position) values (source.position)
            """);
        Assert.Equal(
            "DELETE 1, INSERT 1002, UPDATE 11",
            await app.ReadAsync<string>(
                """
                select string_agg(operation || ' ' || entries, ', ' order by operation)
                from (select operation, count(*) as entries from row_audit where table_schema = '$app' group by operation) as counted
                """));
        var updates = await app.EntriesAsync(stack, "&operation=UPDATE");
        Assert.All(updates, entry => Assert.Equal(Text(entry["old_record"]!, "id"), Text(entry["new_record"]!, "id")));
        Assert.Equal(Enumerable.Range(991, 10), updates.Take(10).Select(entry => entry["old_record"]!["position"]!.GetValue<int>()).Order());
    }

    [Fact]
    public async Task What_is_rolled_back_is_not_recorded()
    {
        await using var app = await HandMadeApp.CreateAsync(stack, "name text not null");
        await Assert.ThrowsAsync<PostgresException>(() => app.ExecuteAsync("insert into $app.items (name) values ('a'); insert into $app.items (name) values (null)"));
        Assert.Empty(await app.EntriesAsync(stack));
    }

    [Fact]
    public async Task An_app_that_writes_by_itself_is_recorded_and_can_neither_name_an_actor_nor_change_what_is_written_down()
    {
        await using var app = await HandMadeApp.CreateAsync(stack, "amount double precision, at timestamptz");
        await app.AddTableAsync("days", "id date primary key");
        await using var session = await app.OpenAsAppAsync();
        await session.ExecuteAsync(
            $"""
            select set_config('rootcx.actor_uid', '{Guid.NewGuid()}', false), set_config('rootcx.delegator_uid', '{Guid.NewGuid()}', false), set_config('rootcx.trigger_ref', 'api', false);
            set extra_float_digits = -15;
            set timezone = 'Asia/Tokyo';
            set datestyle = 'SQL, DMY';
            create temp table row_audit (id integer);
            create function pg_temp.to_jsonb(anyelement) returns jsonb language sql as 'select null::jsonb';
            insert into items (amount, at) values (1.2345678, '2026-01-01 12:00Z');
            insert into days values ('2026-01-31');
            """);
        var entries = await app.EntriesAsync(stack);
        Assert.All(entries, entry => Assert.Equal((null, null, null), (entry["actor_uid"], entry["delegator_uid"], entry["trigger_ref"])));
        Assert.Equal(("1.2345678", "2026-01-01T12:00:00+00:00"), (entries[0]["new_record"]!["amount"]!.ToJsonString(), Text(entries[0]["new_record"]!, "at")));
        Assert.Equal("2026-01-31", Text(entries[1], "record_id"));
        Assert.Equal("Asia/Tokyo", await session.ExecuteScalarAsync<string>("show timezone")); // its own affair

        foreach (var attempt in new[]
        {
            "alter table items disable trigger all",
            "drop trigger rootcx_audit_insert on items",
            "create trigger mine after insert on items for each row execute function suppress_redundant_updates_trigger()",
            "create table mine (id integer); create trigger mine after insert on mine referencing new table as new_rows for each statement execute function rootcx_system.audit_rows()",
            "select rootcx_system.audit_rows()",
            "select * from rootcx_system.row_audit",
            "delete from rootcx_system.row_audit",
            "truncate items",
            "set session_replication_role = replica",
            "set session authorization rootcx",
        })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => session.ExecuteAsync(attempt));
            Assert.True(refused.SqlState is "42501" or "0LP01" or "22023", $"{attempt}: {refused.SqlState} {refused.MessageText}");
        }

        await session.ExecuteAsync("delete from items");
        Assert.Equal("DELETE", Text((await app.EntriesAsync(stack))[^1], "operation"));
    }

    [Fact]
    public async Task An_actor_that_is_no_uuid_does_not_fail_the_write()
    {
        await using var app = await HandMadeApp.CreateAsync(stack);
        var delegator = Guid.NewGuid();
        await app.ExecuteAsync("begin; set local rootcx.actor_uid = 'nobody''s'; set local rootcx.delegator_uid = 'x'; insert into $app.items (name) values ('a'); commit");
        await app.ExecuteAsync($"begin; set local rootcx.actor_uid = ''; set local rootcx.delegator_uid = '{delegator}'; insert into $app.items (name) values ('a'); commit");
        Assert.Equal([(null, null), (null, delegator.ToString())], (await app.EntriesAsync(stack)).Select(entry => (Text(entry, "actor_uid"), Text(entry, "delegator_uid"))));
    }

    [Fact]
    public async Task What_keys_do_to_other_rows_is_recorded_as_well()
    {
        await using var app = await HandMadeApp.CreateAsync(stack, "parent uuid references $app.items on delete cascade");
        await app.AddTableAsync("notes", "id integer primary key, item uuid references $app.items on delete set null");
        await app.ExecuteAsync(
            """
            insert into $app.items (id, parent) values
              ('00000000-0000-4000-8000-000000000001', null),
              ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001'),
              ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000002');
            insert into $app.notes values (7, '00000000-0000-4000-8000-000000000003');
            """);
        var user = Guid.NewGuid();
        await app.ExecuteAsync(new RowActor(user, RowActor.Api), "delete from $app.items where parent is null");
        var entries = (await app.EntriesAsync(stack)).Skip(4).Select(entry => (Text(entry, "operation"), Text(entry, "record_id")![^1], Text(entry, "actor_uid"))).Order();
        var by = user.ToString();
        Assert.Equal([("DELETE", '1', by), ("DELETE", '2', by), ("DELETE", '3', by), ("UPDATE", '7', by)], entries);
    }

    [Fact]
    public async Task Tables_and_columns_may_have_any_name()
    {
        string[] columns =
        [
            "id", "n", "o", "actor", "delegator", "cause", "tg_op", "tg_table_schema", "tg_table_name", "new_rows", "old_rows", "record", "position", "hook", "most",
            "payload", "select", "Ä b",
        ];
        await using var app = await HandMadeApp.CreateAsync(stack);
        await app.AddTableAsync("Ö\"select", string.Join(", ", columns.Select(name => $"\"{name}\" text{(name == "id" ? " primary key" : "")}")));
        await app.ExecuteAsync("insert into $app.\"Ö\"\"select\" (id, n, o, actor, tg_op) values ('k', '1', '2', '3', '4')");
        await app.ExecuteAsync("update $app.\"Ö\"\"select\" set n = '5'");
        await app.ExecuteAsync("delete from $app.\"Ö\"\"select\"");
        var entries = await app.EntriesAsync(stack);
        Assert.Equal(["INSERT", "UPDATE", "DELETE"], entries.Select(entry => Text(entry, "operation")));
        Assert.All(entries, entry => Assert.Equal(("Ö\"select", "k"), (Text(entry, "table_name"), Text(entry, "record_id"))));
        Assert.Equal(columns.Order(StringComparer.Ordinal), entries[0]["new_record"]!.AsObject().Select(property => property.Key).Order(StringComparer.Ordinal));
        Assert.Equal(
            [("1", "2", "3", "4"), ("5", "2", "3", "4")],
            entries.Take(2).Select(entry => entry["new_record"]!).Select(row => (Text(row, "n")!, Text(row, "o")!, Text(row, "actor")!, Text(row, "tg_op")!)));
    }

    [Fact]
    public async Task A_table_that_changes_is_recorded_as_it_is_in_sessions_that_knew_it_before()
    {
        await using var app = await HandMadeApp.CreateAsync(stack, "gone text default 'x', name text");
        await using var session = await app.OpenAsAppAsync();
        await session.ExecuteAsync("insert into items (name) values ('a')");
        await app.ExecuteAsync("alter table $app.items drop column gone; alter table $app.items add column late text default 'y'");
        await session.ExecuteAsync("update items set name = 'b'");
        await session.ExecuteAsync("insert into items (name) values ('c')");
        var rows = (await app.EntriesAsync(stack)).Select(entry => string.Join(
            ' ', entry["new_record"]!.AsObject().Where(property => property.Key != "id").Select(property => $"{property.Key}={property.Value}").Order()));
        Assert.Equal(["gone=x name=a", "late=y name=b", "late=y name=c"], rows);
    }

    [Fact]
    public async Task A_change_of_the_id_is_recorded_on_both_sides()
    {
        await using var app = await HandMadeApp.CreateAsync(stack);
        await app.AddTableAsync("numbers", "id double precision primary key");
        await app.ExecuteAsync("insert into $app.numbers values (1), (2.5); update $app.numbers set id = 3 where id = 1");
        var entries = (await app.EntriesAsync(stack)).Select(entry => (Text(entry, "operation"), Text(entry, "record_id"), entry["old_record"] is null, entry["new_record"] is null));
        Assert.Equal([("INSERT", "1", true, false), ("INSERT", "2.5", true, false), ("UPDATE", "1", false, true), ("UPDATE", "3", true, false)], entries.Order());
    }

    [Fact]
    public async Task Attaching_again_changes_nothing_and_tables_that_are_not_the_platforms_are_refused()
    {
        await using var app = await HandMadeApp.CreateAsync(stack);
        await using var session = await app.OpenAsAppAsync();
        await session.ExecuteAsync("create table own (id integer)");
        await using var connection = await app.Platform.OpenConnectionAsync(TestContext.Current.CancellationToken);
        const string Triggers = "select array_agg(oid order by oid)::text from pg_trigger where tgrelid = '$app.items'::regclass";
        var before = await app.ReadAsync<string>(Triggers);
        await RowAuditTriggers.AttachAsync(connection, app.Id, ["items"], TestContext.Current.CancellationToken);
        Assert.Equal(before, await app.ReadAsync<string>(Triggers));
        Assert.Equal(3, before!.Split(',').Length);

        foreach (var table in new[] { "own", "none" })
        {
            var refused = await Assert.ThrowsAsync<InvalidOperationException>(
                () => RowAuditTriggers.AttachAsync(connection, app.Id, ["items", table], TestContext.Current.CancellationToken));
            Assert.Equal($"The platform has no table {table} in schema {app.Id}", refused.Message);
        }

        Assert.Equal(0, await app.ReadAsync<int>("select count(*) from pg_trigger where tgrelid = '$app.own'::regclass"));
        await RowAuditTriggers.AttachAsync(connection, app.Id, [], TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Entries_are_kept_by_the_day_and_dropped_when_they_are_past_the_retention()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack, new Dictionary<string, string?> { ["Audit:RowRetention"] = "2.00:00:00" });
        await using var connection = await empty.Get<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync(
            """
            insert into row_audit (table_schema, table_name, record_id, operation, changed_at)
            select 'a', 'b', days, 'INSERT', now() - make_interval(days => days) from unnest(array[0, 1, 5]) as days
            """);
        var reader = empty.Get<RowAuditReader>();
        await reader.MaintainAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["0", "1"], (await reader.ListAsync(new RowAuditQuery([], null, 10, null, Ascending: true), TestContext.Current.CancellationToken)).Select(entry => entry.RecordId));
        Assert.Contains(
            $"row_audit_d{DateTime.UtcNow.AddDays(2):yyyyMMdd}",
            await connection.QueryAsync<string>("select inhrelid::regclass::text from pg_inherits where inhparent = 'row_audit'::regclass"));
    }

    private static string? Text(JsonNode entry, string name) => entry[name]?.GetValue<string>();
}
