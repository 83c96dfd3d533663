using System.Net;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Apps;

public sealed class AppDatabasePasswordTests(PlatformStack stack)
{
    [Fact]
    public async Task Rotation_gives_the_worker_a_login_that_works_and_shuts_the_old_one_out()
    {
        var app = await stack.Admin.DeployedAsync("""
            import { SQL } from "bun";
            let url;
            const attempt = async (login) => {
              const sql = new SQL(login, { max: 1 });
              try { return (await sql`select current_schema() as name`)[0].name; } catch (error) { return error.message; } finally { await sql.close(); }
            };
            serve({ url: () => url, attempt: ({ login }) => attempt(login) }, { onStart: (config) => { url = config.databaseUrl; } });
            """);
        var old = (await app.RpcAsync("url"))!.GetValue<string>();
        Assert.Equal(app.Id, await AttemptAsync(old));

        var answer = await (await stack.Admin.PostAsync($"/api/v1/apps/{app.Id}/database/password")).JsonAsync(HttpStatusCode.OK);
        Assert.Equal($"database password of app '{app.Id}' rotated", answer["message"]!.GetValue<string>());
        Assert.Equal(1, answer["workers_restarted"]!.GetValue<int>());
        await Eventually.TrueAsync(async () => (await app.RpcAsync("url"))!.GetValue<string>() != old, "the worker was not replaced");
        Assert.Equal(app.Id, await AttemptAsync((await app.RpcAsync("url"))!.GetValue<string>()));
        Assert.Contains("password authentication failed", await AttemptAsync(old), StringComparison.Ordinal);

        var entries = await (await stack.Admin.GetAsync($"/api/v1/audit/platform?appId={app.Id}&action=app.database_password_rotated")).JsonAsync(HttpStatusCode.OK);
        Assert.Single(entries.AsArray());

        async Task<string> AttemptAsync(string login) => (await app.RpcAsync("attempt", new JsonObject { ["login"] = login }))!.GetValue<string>();
    }

    [Fact]
    public async Task An_unknown_app_has_none() =>
        await (await stack.Admin.PostAsync("/api/v1/apps/nobody_knows/database/password")).AssertErrorAsync(HttpStatusCode.NotFound, "app 'nobody_knows' not found");
}
