using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using RootCx.Core.Audit;
using RootCx.Tests.Audit;
using RootCx.Tests.Jobs;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Hooks;

/// <summary>What hooks do when rows are written.</summary>
public sealed class HookTests(PlatformStack stack)
{
    [Fact]
    public async Task Each_operation_hands_over_the_row_before_and_after_it_to_a_job_of_whoever_made_the_hook()
    {
        await using var app = await HandMadeApp.CreateAsync(stack, "name text, amount double precision, data jsonb");
        var config = new JsonObject { ["to"] = "x@example.com" };
        var hooks = new List<JsonNode> { await app.HookAsync(stack.Admin, "INSERT", config: config), await app.HookAsync(stack.Admin, "update"), await app.HookAsync(stack.Admin, "DELETE") };
        const string Id = "00000000-0000-4000-8000-000000000001";
        await app.ExecuteAsync(new RowActor(Guid.NewGuid(), RowActor.Api), $$"""insert into $app.items values ('{{Id}}', 'a "b"', 0.1, '{"k": [1, null]}')""");
        await app.ExecuteAsync("update $app.items set amount = 42.5");
        await app.ExecuteAsync("delete from $app.items");

        var first = JsonNode.Parse($$"""{"id":"{{Id}}","name":"a \"b\"","data":{"k":[1,null]},"amount":0.1}""")!;
        var second = first.DeepClone();
        second["amount"] = 42.5;
        Assert.Equal(
            [Expected(0, "INSERT", first, null, config), Expected(1, "UPDATE", second, first, []), Expected(2, "DELETE", null, second, [])],
            await app.PayloadsAsync(),
            JsonNode.DeepEquals);
        Assert.Equal(3, await app.ReadAsync<int>($"select count(*) from jobs where app_id = '$app' and user_id = '{stack.Admin.User!["id"]}' and not scheduled"));

        JsonObject Expected(int hook, string operation, JsonNode? record, JsonNode? old, JsonObject actionConfig) => new()
        {
            ["_hook"] = true,
            ["hook_id"] = hooks[hook]["id"]!.GetValue<string>(),
            ["entity"] = "items",
            ["operation"] = operation,
            ["record_id"] = Id,
            ["record"] = record?.DeepClone(),
            ["old_record"] = old?.DeepClone(),
            ["action_type"] = "job",
            ["action_config"] = actionConfig.DeepClone(),
        };
    }

    [Fact]
    public async Task There_is_a_job_for_each_row_and_hook_in_the_order_of_the_rows()
    {
        await using var app = await HandMadeApp.CreateAsync(stack, "position integer");
        await app.HookAsync(stack.Admin, "INSERT", config: "one");
        await app.HookAsync(stack.Admin, "INSERT", config: "two");
        await app.HookAsync(stack.Admin, "UPDATE");
        await app.ExecuteAsync("insert into $app.items (position) select 1 where false; update $app.items set position = 0");
        Assert.Empty(await app.PayloadsAsync());

        await app.ExecuteAsync("insert into $app.items (position) select * from generate_series(1, 300)");
        var payloads = await app.PayloadsAsync();
        Assert.Equal(
            Enumerable.Range(1, 300).SelectMany(position => new[] { (position, "one"), (position, "two") }),
            payloads.Select(payload => (payload["record"]!["position"]!.GetValue<int>(), payload["action_config"]!.GetValue<string>())));

        await app.ExecuteAsync("update $app.items set position = -position where position <= 3");
        Assert.Equal(
            [(1, -1), (2, -2), (3, -3)],
            (await app.PayloadsAsync()).Skip(600).Select(payload => (payload["old_record"]!["position"]!.GetValue<int>(), payload["record"]!["position"]!.GetValue<int>())).OrderDescending().Reverse());
    }

    [Fact]
    public async Task A_write_that_is_rolled_back_enqueues_nothing()
    {
        await using var app = await HandMadeApp.CreateAsync(stack, "name text not null");
        await app.HookAsync(stack.Admin, "INSERT");
        await Assert.ThrowsAsync<PostgresException>(() => app.ExecuteAsync("insert into $app.items (name) values ('a'); insert into $app.items (name) values (null)"));
        Assert.Empty(await app.PayloadsAsync());
    }

    [Fact]
    public async Task An_app_that_writes_by_itself_fires_hooks_and_does_not_decide_how_values_look()
    {
        await using var app = await HandMadeApp.CreateAsync(stack, "amount double precision, at timestamptz");
        await app.HookAsync(stack.Admin, "INSERT");
        await using var session = await app.OpenAsAppAsync();
        await session.ExecuteAsync(
            """
            set extra_float_digits = -15;
            set timezone = 'Asia/Tokyo';
            insert into items (amount, at) values (1.2345678, '2026-01-01 12:00Z');
            """);
        var record = Assert.Single(await app.PayloadsAsync())["record"]!;
        Assert.Equal(("1.2345678", "2026-01-01T12:00:00+00:00"), (record["amount"]!.ToJsonString(), record["at"]!.GetValue<string>()));
        foreach (var attempt in new[] { "select rootcx_system.fire_hooks()", "select * from rootcx_system.entity_hooks", "drop trigger rootcx_hooks_insert on items" })
        {
            Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => session.ExecuteAsync(attempt))).SqlState);
        }
    }

    [Fact]
    public async Task Rows_that_are_too_large_for_a_payload_are_left_out_and_it_says_so()
    {
        await using var app = await HandMadeApp.CreateAsync(stack, "name text");
        await app.HookAsync(stack.Admin, "INSERT");
        await app.HookAsync(stack.Admin, "UPDATE");
        await app.ExecuteAsync("insert into $app.items (name) values (repeat('x', 600000))");
        await app.ExecuteAsync("update $app.items set name = name || 'y'");
        await app.ExecuteAsync("insert into $app.items (name) values (repeat('ä', 600000))");
        var payloads = await app.PayloadsAsync();
        Assert.Equal((600_000, null), (payloads[0]["record"]!["name"]!.GetValue<string>().Length, payloads[0]["oversized"]));
        Assert.All(payloads.Skip(1), payload => Assert.Equal((null, null, true), (payload["record"], payload["old_record"], payload["oversized"]!.GetValue<bool>())));
        Assert.Equal(
            ["_hook", "hook_id", "entity", "operation", "record_id", "record", "old_record", "oversized", "action_type", "action_config"], payloads[1].AsObject().Select(property => property.Key));
        Assert.Equal(payloads[0]["record_id"]!.GetValue<string>(), payloads[1]["record_id"]!.GetValue<string>());
    }

    [Fact]
    public async Task Whoever_runs_jobs_is_told_once_for_a_transaction()
    {
        await using var app = await HandMadeApp.CreateAsync(stack, "name text");
        await app.HookAsync(stack.Admin, "INSERT");
        await using var listening = await app.Platform.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var heard = 0;
        listening.Notification += (_, notification) => heard += notification.Payload == app.Id ? 1 : 0;
        await listening.ExecuteAsync("listen rootcx_jobs");
        await app.ExecuteAsync("begin; insert into $app.items (name) values ('a'), ('b'); insert into $app.items (name) values ('c'); commit; update $app.items set name = 'd'; notify rootcx_jobs, 'end'");
        await Eventually.TrueAsync(
            async () =>
            {
                await listening.ExecuteAsync("select 1");
                return heard > 0;
            },
            "nobody was told");
        await listening.ExecuteAsync("select 1");
        Assert.Equal(1, heard);
    }

    [Fact]
    public async Task A_table_is_watched_for_as_long_as_it_has_a_hook_for_the_operation()
    {
        await using var app = await HandMadeApp.CreateAsync(stack, "name text");
        await app.AddTableAsync("notes", "id integer primary key");
        var first = await app.HookAsync(stack.Admin, "INSERT");
        var second = await app.HookAsync(stack.Admin, "INSERT");
        await app.HookAsync(stack.Admin, "DELETE", "notes");
        Assert.Equal(["items insert", "notes delete"], await app.HookTriggersAsync());
        await DeleteAsync(first);
        Assert.Equal(["items insert", "notes delete"], await app.HookTriggersAsync());
        await app.ExecuteAsync("insert into $app.items (name) values ('a')");
        Assert.Equal(second["id"]!.GetValue<string>(), Assert.Single(await app.PayloadsAsync())["hook_id"]!.GetValue<string>());
        await DeleteAsync(second);
        Assert.Equal(["notes delete"], await app.HookTriggersAsync());
        await app.ExecuteAsync("insert into $app.items (name) values ('b')");
        Assert.Single(await app.PayloadsAsync());

        async Task DeleteAsync(JsonNode hook)
        {
            using var answer = await app.SendDeleteAsync(stack.Admin, hook["id"]!.GetValue<string>());
            Assert.Equal("""{"ok":true}""", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Writes_go_on_when_the_hook_its_maker_or_the_app_is_gone()
    {
        await using var app = await HandMadeApp.CreateAsync(stack, "name text");
        var maker = await stack.Anonymous().RegisteredAsync();
        await stack.GrantAsync(maker, $"app:{app.Id}:*");
        await app.HookAsync(maker, "INSERT");
        using var gone = await stack.Admin.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/api/v1/users/{maker.User!["id"]}"));
        gone.EnsureSuccessStatusCode();
        await app.ExecuteAsync("insert into $app.items (name) values ('a')");
        Assert.Equal(1, await app.ReadAsync<int>("select count(*) from jobs where app_id = '$app' and user_id is null"));

        await app.ExecuteAsync("delete from entity_hooks where app_id = '$app'; insert into $app.items (name) values ('b')");
        await app.HookAsync(stack.Admin, "INSERT");
        await app.ExecuteAsync("delete from apps where id = '$app'; insert into $app.items (name) values ('c')");
        Assert.Equal(3, await app.ReadAsync<int>("select count(*) from $app.items"));
        Assert.Single(await app.PayloadsAsync());
    }

    [Fact]
    public async Task Tables_and_columns_may_have_any_name()
    {
        await using var app = await HandMadeApp.CreateAsync(stack);
        await app.AddTableAsync("Ö select", "id date primary key, n text, o text, hook text, position text, record text, new_rows text, old_rows text, tg_op text, tg_table_name text");
        foreach (var operation in new[] { "INSERT", "UPDATE", "DELETE" })
        {
            await app.HookAsync(stack.Admin, operation, "Ö select");
        }

        await app.ExecuteAsync("insert into $app.\"Ö select\" (id, new_rows, tg_op) values ('2026-01-31', '1', '2'); update $app.\"Ö select\" set old_rows = '3'; delete from $app.\"Ö select\"");
        var payloads = await app.PayloadsAsync();
        Assert.Equal(["INSERT", "UPDATE", "DELETE"], payloads.Select(payload => payload["operation"]!.GetValue<string>()));
        Assert.All(payloads, payload => Assert.Equal(("Ö select", "2026-01-31"), (payload["entity"]!.GetValue<string>(), payload["record_id"]!.GetValue<string>())));
        Assert.Equal("2", payloads[0]["record"]!["tg_op"]!.GetValue<string>());
        Assert.Equal((null, "3"), (payloads[1]["old_record"]!["old_rows"], payloads[2]["old_record"]!["old_rows"]!.GetValue<string>()));
    }

    [Fact]
    public async Task The_apps_job_handler_gets_the_row_and_whoever_made_the_hook()
    {
        var deployed = await stack.Admin.DeployedAsync("serve({ onJob: (payload, caller) => ({ name: payload.record.name, config: payload.action_config, user: caller?.userId }) });");
        await using var app = await HandMadeApp.CreateAsync(stack, appId: deployed.Id);
        using var answer = await stack.Admin.PostAsync(
            app.HooksPath(), new StringContent("""{"entity":"items","operation":"INSERT","action_config":{"half":"\ud800","nul":"\u0000"}}""", null, "application/json"));
        answer.EnsureSuccessStatusCode();
        await app.ExecuteAsync("insert into $app.items (name) values ('Ada')");
        var job = 0L;
        await Eventually.TrueAsync(
            async () =>
            {
                job = (await deployed.JobIdsAsync("?archived=true")).SingleOrDefault();
                return job > 0;
            },
            "no job has completed");
        var result = (await deployed.JobAsync(job))["result"]!;
        Assert.Equal(("Ada", stack.Admin.User!["id"]!.GetValue<string>()), (result["name"]!.GetValue<string>(), result["user"]!.GetValue<string>()));
        Assert.Equal(["half", "nul"], result["config"]!.AsObject().Select(property => property.Key));
    }
}
