using System.Net;
using System.Text.Json.Nodes;
using RootCx.Tests.Collections;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Rpc;

/// <summary>The examples of the page that the platform implements, as an author would type them.</summary>
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
        await stack.Admin.InstalledAsync(SalesCrm);
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
        Assert.Equal("""{"updated":"d1"}""", (await app.RpcAsync("updateDeal", deal.DeepClone()))!.ToJsonString());
        await app.As(stack.User).AssertRpcFailsAsync("updateDeal", "Permission denied", deal.DeepClone());

        var permitted = await stack.Anonymous().RegisteredAsync();
        await stack.GrantAsync(permitted, "app:sales_crm:deals.update");
        Assert.Equal("""{"updated":"d1"}""", (await app.As(permitted).RpcAsync("updateDeal", deal.DeepClone()))!.ToJsonString());
        var byWildcard = await stack.Anonymous().RegisteredAsync();
        await stack.GrantAsync(byWildcard, "app:sales_crm:*");
        Assert.Equal("""{"updated":"d1"}""", (await app.As(byWildcard).RpcAsync("updateDeal", deal.DeepClone()))!.ToJsonString());
    }

    [Fact]
    public async Task Counting_deals_by_stage_works_as_written()
    {
        // The page names the app.
        var deals = new Collection(await stack.Admin.InstalledAsync(SalesCrm), "deals");
        foreach (var deal in await deals.ListAsync())
        {
            await deals.DeleteAsync(deal!["id"]!);
        }

        await deals.CreateManyAsync("""[{"stage":"lead"},{"stage":"won"},{"stage":"lead"},{"stage":null}]""");
        var app = await stack.Admin.DeployedAsync("""
            serve({
              greet: async (params, caller) => {
                return { message: `Hello, ${params.name || "world"}!` };
              },
              pipeline: async () => {
                const res = await fetch(
                  `${process.env.ROOTCX_RUNTIME_URL}/api/v1/apps/sales_crm/collections/deals`
                );
                const deals = await res.json();
                const stages = ["lead", "qualified", "proposal", "won", "lost"];
                return Object.fromEntries(
                  stages.map(s => [s, deals.filter((d: any) => d.stage === s).length])
                );
              },
            });
            """, "sales_crm");
        Assert.Equal("""{"lead":2,"qualified":0,"proposal":0,"won":1,"lost":0}""", (await app.RpcAsync("pipeline"))!.ToJsonString());
        Assert.Equal("""{"lead":2,"qualified":0,"proposal":0,"won":1,"lost":0}""", (await app.As(stack.User).RpcAsync("pipeline"))!.ToJsonString());
    }

    private static JsonObject SalesCrm => Collection.Manifest("sales_crm", ("deals", ["stage"]));
}
