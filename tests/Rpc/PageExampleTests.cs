using System.Net;
using System.Text.Json.Nodes;
using Npgsql;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Rpc;

/// <summary>The examples of the page that the platform implements, as far as they need neither data nor jobs, as an author would type them.</summary>
public sealed class PageExampleTests(PlatformStack stack)
{
    private const string Source = """
        serve({
          greet: async (params, caller) => {
            return { message: `Hello, ${params.name || "world"}!` };
          },
          closeDeal: async (params, caller) => {
            if (!caller) throw new Error("Authentication required");
            if (!params.dealId) throw new Error("Missing dealId");
            return { closed: params.dealId };
          },
          processOrder: async (params) => {
            log.info(`Processing order ${params.orderId}`);
            emit("order_processed", { orderId: params.orderId });
            return { success: true };
          },
        }, {
          onStart: (config) => {
            log.info(`Worker connected: ${config.appId}`);
            log.info(`Database: ${config.databaseUrl}`);
          },
          onError: (error, method) => {
            log.error(`Error in ${method}: ${error.message}`);
          },
          onShutdown: () => {
            log.info("Shutting down, cleaning up...");
          },
        });
        """;

    [Fact]
    public async Task They_work_as_written()
    {
        var app = await stack.Admin.DeployedAsync(Source);
        using var logs = await app.LogsAsync(after: 0);
        await logs.WaitForAsync("info", $"Worker connected: {app.Id}");
        await logs.WaitForAsync("info", "Database: postgresql://");

        Assert.Equal("Hello, world!", (await app.RpcAsync("greet"))!["message"]!.GetValue<string>());
        await app.AssertRpcFailsAsync("closeDeal", "Missing dealId");
        await logs.WaitForAsync("error", "Error in closeDeal: Missing dealId");
        Assert.Equal("""{"closed":"d1"}""", (await app.RpcAsync("closeDeal", new JsonObject { ["dealId"] = "d1" }))!.ToJsonString());

        Assert.Equal("""{"success":true}""", (await app.RpcAsync("processOrder", new JsonObject { ["orderId"] = 7 }))!.ToJsonString());
        await logs.WaitForAsync("info", "Processing order 7");
        await logs.WaitForAsync("event", """order_processed: {"orderId":7}""");

        using var stopped = await app.WorkerAsync("stop");
        Assert.Equal(HttpStatusCode.OK, stopped.StatusCode);
        await logs.WaitForAsync("info", "Shutting down, cleaning up...");
    }

    [Fact]
    public async Task Checking_permissions_works_as_written()
    {
        // The page names the app, so its key is known from its manifest.
        await using (var database = NpgsqlDataSource.Create($"{stack.Own.Description.Postgres};Search Path=rootcx_system"))
        {
            await using var declare = database.CreateCommand(
                "insert into rbac_permissions (key, source_app) values ('app:sales_crm:deals.update', 'sales_crm') on conflict do nothing");
            await declare.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var app = await stack.Admin.DeployedAsync("""
            serve({
              updateDeal: async (params, caller) => {
                if (!caller) throw new Error("Authentication required");
                const res = await fetch(
                  `${process.env.ROOTCX_RUNTIME_URL}/api/v1/permissions`,
                  { headers: { Authorization: `Bearer ${caller.authToken}` } }
                );
                const { permissions } = await res.json();
                if (!permissions.includes("app:sales_crm:deals.update"))
                  throw new Error("Permission denied");
                return { updated: params.dealId };
              },
            });
            """);
        var deal = new JsonObject { ["dealId"] = "d1" };
        await Eventually.TrueAsync(async () => (await app.SendRpcAsync("updateDeal", deal.DeepClone())).StatusCode == HttpStatusCode.OK, "an administrator is refused");
        await app.As(stack.User).AssertRpcFailsAsync("updateDeal", "Permission denied", deal.DeepClone());

        var permitted = await stack.Anonymous().RegisteredAsync();
        await stack.GrantAsync(permitted, "app:sales_crm:deals.update");
        Assert.Equal("""{"updated":"d1"}""", (await app.As(permitted).RpcAsync("updateDeal", deal.DeepClone()))!.ToJsonString());
        var byWildcard = await stack.Anonymous().RegisteredAsync();
        await stack.GrantAsync(byWildcard, "app:sales_crm:*");
        Assert.Equal("""{"updated":"d1"}""", (await app.As(byWildcard).RpcAsync("updateDeal", deal.DeepClone()))!.ToJsonString());
    }
}
