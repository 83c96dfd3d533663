using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Apps;

/// <summary>Nothing is left of an app that is uninstalled.</summary>
public sealed class AppUninstallTests(PlatformStack stack)
{
    private const string Source = "serve({ version: () => 1, pid: () => process.pid, echo: ({ text }) => log.info(text) }, { onJob: () => 1 });";

    [Fact]
    public async Task Everything_that_is_the_apps_own_goes()
    {
        var app = await UsedAsync();
        var pid = (await app.RpcAsync("pid"))!.GetValue<int>();
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(stack.Own.Description.Postgres) { SearchPath = "rootcx_system" });
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var other = await UsedAsync();
        await Eventually.TrueAsync(
            async () => (await LeftAsync(connection, app.Id)).Contains("log_entries", StringComparison.Ordinal), "nothing was logged");
        Assert.Equal("apps crons deployments job_keys jobs log_entries role schema secret_scopes workers", await LeftAsync(connection, app.Id));

        using (var answer = await app.Client.UninstallAsync(app.Id))
        {
            Assert.Equal($"app '{app.Id}' uninstalled", (await answer.JsonAsync(HttpStatusCode.OK))["message"]!.GetValue<string>());
        }

        Assert.False(Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}")));
        await (await app.SendRpcAsync("pid")).AssertErrorAsync(HttpStatusCode.NotFound, $"app '{app.Id}' not found");
        await (await stack.Admin.GetAsync($"/api/v1/apps/{app.Id}")).AssertErrorAsync(HttpStatusCode.NotFound, $"app '{app.Id}' not found");

        // The last words of the worker may come late.
        Assert.Equal("", (await LeftAsync(connection, app.Id)).Replace("log_entries", "", StringComparison.Ordinal));
        Assert.Equal("apps crons deployments job_keys jobs log_entries role schema secret_scopes workers", await LeftAsync(connection, other.Id));
        Assert.Equal(1, (await other.RpcAsync("version"))!.GetValue<int>());
    }

    [Fact]
    public async Task The_archives_of_its_versions_go_as_well()
    {
        var app = await stack.Admin.DeployedAsync(Source);
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(stack.Own.Description.Postgres) { SearchPath = "rootcx_system" });
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var archive = await connection.ExecuteScalarAsync<string>("select archive from deployments where app_id = @Id", new { app.Id });
        var blob = new Azure.Storage.Blobs.BlobServiceClient(stack.Own.Description.Storage).GetBlobContainerClient("deployments").GetBlobClient(archive);
        Assert.True(await blob.ExistsAsync(TestContext.Current.CancellationToken));

        (await stack.Admin.UninstallAsync(app.Id)).Dispose();
        Assert.False(await blob.ExistsAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task It_can_be_installed_and_deployed_again_and_is_another_one_then()
    {
        var app = await UsedAsync();
        (await stack.Admin.UninstallAsync(app.Id)).Dispose();

        await stack.Admin.InstalledAsync(InstallingClient.ManifestOf(app.Id));
        Assert.Equal("stopped", await app.StatusAsync());
        await app.AssertRpcFailsAsync("version", $"worker error: no worker for app '{app.Id}'");
        Assert.Equal("[]", (await (await stack.Admin.GetAsync($"/api/v1/apps/{app.Id}/secrets")).JsonAsync(HttpStatusCode.OK)).ToJsonString());
        Assert.Empty((await (await stack.Admin.GetAsync($"/api/v1/apps/{app.Id}/jobs")).JsonAsync(HttpStatusCode.OK)).AsArray());
        Assert.Empty((await (await stack.Admin.GetAsync($"/api/v1/apps/{app.Id}/crons")).JsonAsync(HttpStatusCode.OK)).AsArray());

        // Its first version is another one than the first one of before, and it obeys.
        await stack.Admin.DeployedAsync("serve({ version: () => 2 });", app.Id);
        Assert.Equal(2, (await app.RpcAsync("version"))!.GetValue<int>());
        (await app.WorkerAsync("stop")).Dispose();
        Assert.Equal("stopped", await app.StatusAsync());
        using var started = await app.WorkerAsync("start");
        Assert.Equal(HttpStatusCode.OK, started.StatusCode);
        Assert.Equal(2, (await app.RpcAsync("version"))!.GetValue<int>());
    }

    [Fact]
    public async Task A_worker_ends_even_if_its_place_goes_without_a_stop()
    {
        var app = await stack.Admin.DeployedAsync(Source);
        var pid = (await app.RpcAsync("pid"))!.GetValue<int>();
        await using var database = NpgsqlDataSource.Create(stack.Own.Description.Postgres);
        await using (var command = database.CreateCommand("delete from rootcx_system.workers where app_id = $1"))
        {
            command.Parameters.AddWithValue(app.Id);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await Eventually.TrueAsync(() => !Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}")), "the worker is still there");
    }

    [Fact]
    public async Task Uninstalls_at_once_are_all_answered()
    {
        var app = await UsedAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => stack.Admin.UninstallAsync(app.Id)));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
    }

    [Fact]
    public async Task Installing_and_uninstalling_over_and_over_leaves_it_one_way_or_the_other()
    {
        var appId = App.NewId();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(n =>
            n % 2 == 0 ? stack.Admin.InstallAsync(InstallingClient.ManifestOf(appId)) : stack.Admin.UninstallAsync(appId)));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        await stack.Admin.InstalledAsync(InstallingClient.ManifestOf(appId));
        (await stack.Admin.UninstallAsync(appId)).Dispose();
        await (await stack.Admin.GetAsync($"/api/v1/apps/{appId}")).AssertErrorAsync(HttpStatusCode.NotFound, $"app '{appId}' not found");
    }

    // Installed and deployed, with a bit of everything.
    private async Task<App> UsedAsync()
    {
        var appId = App.NewId();
        await stack.Admin.InstalledAsync($$"""{"appId": "{{appId}}", "dataContract": [{"entityName": "items"}], "crons": [{"name": "c", "schedule": "* * * * *"}]}""");
        var app = await stack.Admin.DeployedAsync(Source, appId);
        await app.RpcAsync("echo", new JsonObject { ["text"] = "hello" });
        var late = new JsonObject { ["payload"] = new JsonObject(), ["delaySeconds"] = 86_400, ["idempotencyKey"] = "k" };
        using var job = await stack.Admin.PostAsync($"/api/v1/apps/{appId}/jobs", late);
        Assert.Equal(HttpStatusCode.Created, job.StatusCode);
        using var secret = await stack.Admin.PostAsync($"/api/v1/apps/{appId}/secrets", new JsonObject { ["key"] = "TOKEN", ["value"] = "x" });
        Assert.Equal(HttpStatusCode.OK, secret.StatusCode);
        return app;
    }

    // Where there is something of the app, in alphabetical order.
    private static async Task<string> LeftAsync(NpgsqlConnection connection, string appId) => string.Join(' ', await connection.QueryAsync<string>(
        """
        select 'apps' where exists (select from apps where id = @appId) union all
        select 'crons' where exists (select from crons where app_id = @appId) union all
        select 'deployments' where exists (select from deployments where app_id = @appId) union all
        select 'ended_jobs' where exists (select from ended_jobs where app_id = @appId and state <> 'completed') union all
        select 'job_keys' where exists (select from job_keys where app_id = @appId) union all
        select 'jobs' where exists (select from jobs where app_id = @appId) union all
        select 'log_entries' where exists (select from log_entries where app_id = @appId) union all
        select 'role' where exists (select from pg_roles where rolname = 'rootcx_app_' || @appId) union all
        select 'schema' where exists (select from pg_namespace where nspname = @appId) union all
        select 'secret_scopes' where exists (select from secret_scopes where scope = @appId) union all
        select 'workers' where exists (select from workers where app_id = @appId)
        """,
        new { appId }));
}
