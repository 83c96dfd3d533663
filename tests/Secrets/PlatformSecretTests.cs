using System.Net;
using System.Text.Json.Nodes;
using Npgsql;
using RootCx.Core.Processes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Secrets;

/// <summary>Secrets that every app gets, on a platform of their own.</summary>
[Collection(OwnStackCollection.Name)]
public sealed class PlatformSecretTests(OwnStack stack)
{
    private const string Teller = """
        let credentials;
        serve({ both: () => credentials.BOTH ?? null, shared: () => credentials.SHARED ?? null, pid: () => String(process.pid) },
          { onStart: (config) => { credentials = config.credentials; } });
        """;

    [Fact]
    public async Task All_workers_get_them_an_apps_own_go_before_and_a_change_restarts_all_that_are_to_run()
    {
        await ClearAsync();
        var one = await stack.Admin.DeployedAsync(Teller);
        var two = await stack.Admin.DeployedAsync(Teller);
        var stopped = await stack.Admin.DeployedAsync(Teller);
        using (var answer = await stopped.WorkerAsync("stop"))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.Equal("""{"message":"platform secret 'SHARED' set","workers_restarted":2}""", Text(await stack.Admin.SetPlatformSecretAsync("SHARED", "of all")));
        await one.ReturnsAsync("shared", "of all");
        await two.ReturnsAsync("shared", "of all");
        await stack.Admin.SetPlatformSecretAsync("BOTH", "of the platform");
        await one.SetSecretAsync("BOTH", "of the app");
        await one.ReturnsAsync("both", "of the app");
        await two.ReturnsAsync("both", "of the platform");
        using (var removed = await stack.Admin.DeleteSecretAsync(one.SecretsPath(), "BOTH"))
        {
            Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        }

        await one.ReturnsAsync("both", "of the platform");
        Assert.Equal(["BOTH", "SHARED"], await stack.Admin.SecretNamesAsync(AppSecretsDriver.PlatformPath));
        using (var values = await stack.Admin.GetAsync($"{AppSecretsDriver.PlatformPath}/env"))
        {
            Assert.Equal("""{"BOTH":"of the platform","SHARED":"of all"}""", Text(await values.JsonAsync(HttpStatusCode.OK)));
            Assert.True(values.Headers.CacheControl?.NoStore);
        }

        using (var deleted = await stack.Admin.DeleteSecretAsync(AppSecretsDriver.PlatformPath, "SHARED"))
        {
            Assert.Equal("""{"message":"platform secret 'SHARED' deleted","workers_restarted":2}""", Text(await deleted.JsonAsync(HttpStatusCode.OK)));
        }

        await two.ReturnsAsync("shared", null);
        Assert.Equal("stopped", await stopped.StatusAsync());
        using var again = await stack.Admin.DeleteSecretAsync(AppSecretsDriver.PlatformPath, "SHARED");
        await again.AssertErrorAsync(HttpStatusCode.NotFound, "platform secret 'SHARED' not found");
        using var cleared = await stack.Admin.DeleteSecretAsync(AppSecretsDriver.PlatformPath, "BOTH");
        Assert.Equal(HttpStatusCode.OK, cleared.StatusCode);
    }

    // Whatever other tests have left: this one counts.
    private async Task ClearAsync()
    {
        foreach (var name in await stack.Admin.SecretNamesAsync(AppSecretsDriver.PlatformPath))
        {
            using var deleted = await stack.Admin.DeleteSecretAsync(AppSecretsDriver.PlatformPath, name);
            Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        }

        using var workers = await stack.Admin.GetAsync("/api/v1/workers");
        foreach (var (appId, _) in (await workers.JsonAsync(HttpStatusCode.OK))["workers"]!.AsObject())
        {
            using var stopped = await new App(stack.Admin, appId).WorkerAsync("stop");
            Assert.Equal(HttpStatusCode.OK, stopped.StatusCode);
        }
    }

    [Fact]
    public async Task Names_follow_the_stricter_rule_and_names_of_routes_are_as_good_as_others()
    {
        foreach (var (key, error) in new[]
        {
            ("", "key must be non-empty alphanumeric + underscore only"),
            ("a-b", "key must be non-empty alphanumeric + underscore only"),
            ("a.b", "key must be non-empty alphanumeric + underscore only"),
            ("rootcx_X", "key must not begin with ROOTCX_: such names are the platform's own"),
        })
        {
            using var answer = await stack.Admin.SendSecretAsync(AppSecretsDriver.PlatformPath, key, "x");
            await answer.AssertErrorAsync(HttpStatusCode.BadRequest, error);
        }

        using (var missing = await stack.Admin.PostAsync(AppSecretsDriver.PlatformPath, new JsonObject { ["value"] = "x" }))
        {
            await missing.AssertErrorAsync(HttpStatusCode.BadRequest, "missing 'key'");
        }

        foreach (var key in new[] { "env", "rotate" })
        {
            await stack.Admin.SetPlatformSecretAsync(key, "x");
            using var deleted = await stack.Admin.DeleteSecretAsync(AppSecretsDriver.PlatformPath, key);
            Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        }
    }

    [Fact]
    public async Task Only_administrators_of_the_platform_have_to_do_with_them()
    {
        var user = await stack.Anonymous.RegisteredAsync();
        foreach (var (client, status, error) in new[]
        {
            (stack.Anonymous, HttpStatusCode.Unauthorized, "missing or invalid authorization header"),
            (user, HttpStatusCode.Forbidden, "admin access required"),
        })
        {
            foreach (var answer in new[]
            {
                await client.GetAsync(AppSecretsDriver.PlatformPath),
                await client.GetAsync($"{AppSecretsDriver.PlatformPath}/env"),
                await client.PostAsync($"{AppSecretsDriver.PlatformPath}/rotate"),
                await client.SendSecretAsync(AppSecretsDriver.PlatformPath, "X", "x"),
                await client.DeleteSecretAsync(AppSecretsDriver.PlatformPath, "X"),
            })
            {
                await answer.AssertErrorAsync(status, error);
                answer.Dispose();
            }
        }
    }

    [Fact]
    public async Task A_rotation_counts_the_keys_it_encrypts_anew_and_tells_when_a_master_key_is_missing()
    {
        await stack.Admin.SetPlatformSecretAsync("ROTATED", "x");
        using (var rotated = await stack.Admin.PostAsync($"{AppSecretsDriver.PlatformPath}/rotate"))
        {
            Assert.Equal("""{"message":"all data keys are encrypted under the present master key","rewrapped":0}""", Text(await rotated.JsonAsync(HttpStatusCode.OK)));
        }

        await using var database = NpgsqlDataSource.Create($"{stack.Stack.Description.Postgres};Search Path=rootcx_system");
        await using (var foreign = database.CreateCommand("insert into secret_scopes values ('foreign', '0123456789abcdef', 'x', 'x')"))
        {
            await foreign.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        using var refused = await stack.Admin.PostAsync($"{AppSecretsDriver.PlatformPath}/rotate");
        await refused.AssertErrorContainsAsync(HttpStatusCode.InternalServerError, "add 0123456789abcdef to Secrets:PreviousMasterKeys");
        await using var gone = database.CreateCommand("delete from secret_scopes where scope = 'foreign'");
        await gone.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_change_that_the_supervisor_did_not_hear_of_takes_effect_all_the_same()
    {
        await stack.RestAsync("supervisor");
        var app = await stack.Admin.DeployedAsync(Teller);
        var pid = (await app.RpcAsync("pid"))!.GetValue<string>();

        // Nobody rings: the change is only in the table.
        await stack.Admin.SetPlatformSecretAsync("SHARED", "heard of");
        await app.ReturnsAsync("shared", "heard of");
        await using var database = NpgsqlDataSource.Create($"{stack.Stack.Description.Postgres};Search Path=rootcx_system");
        var between = (await app.RpcAsync("pid"))!.GetValue<string>();
        Assert.NotEqual(pid, between);
        await using (var silently = database.CreateCommand("update secret_scopes set revision = revision + 1 where scope = '_platform'"))
        {
            await silently.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await Eventually.TrueAsync(async () => (await app.RpcAsync("pid"))!.GetValue<string>() != between, "the worker was not replaced");

        // The supervisor dies; its successor starts the worker with what holds then, once.
        await stack.EndAsync("supervisor", UnixSignal.Kill);
        await stack.Admin.SetPlatformSecretAsync("SHARED", "after its death");
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await app.SendRpcAsync("shared");
                return answer.StatusCode == HttpStatusCode.OK && (await answer.JsonAsync(HttpStatusCode.OK)).GetValue<string>() == "after its death";
            },
            "the change was lost with the supervisor",
            TimeSpan.FromSeconds(60));
        var last = (await app.RpcAsync("pid"))!.GetValue<string>();
        await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken); // longer than supervisors look anyway
        Assert.Equal(last, (await app.RpcAsync("pid"))!.GetValue<string>());
        using var stopped = await app.WorkerAsync("stop"); // other tests count those that run
        Assert.Equal(HttpStatusCode.OK, stopped.StatusCode);
    }

    private static string Text(JsonNode json) => json.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
