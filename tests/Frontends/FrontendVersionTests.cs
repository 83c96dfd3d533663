using System.Net;
using RootCx.Tests.Deployments;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Frontends;

/// <summary>Front and back end go forwards and backwards together.</summary>
public sealed class FrontendVersionTests(PlatformStack stack)
{
    [Fact]
    public async Task A_next_version_of_the_code_keeps_the_pages_and_one_before_brings_its_own_back()
    {
        var app = await stack.Admin.DeployedAsync("serve({ version: () => 1 });");
        var site = new Site(stack, app.Id);
        await site.DeployAsync(AppArchive.Of(("index.html", "pages of one")));
        await stack.Admin.DeployedAsync("serve({ version: () => 2 });", app.Id);
        await site.ReadAsync("/", "pages of one");
        await site.DeployAsync(AppArchive.Of(("index.html", "pages of two")));
        await site.ReadAsync("/", "pages of two");
        Assert.All(await app.VersionsAsync(), version => Assert.True(version["frontend"]!.GetValue<bool>()));

        Assert.Equal(HttpStatusCode.OK, (await app.ActivateAsync(1)).StatusCode);
        await site.ReadAsync("/", "pages of one");
        Assert.Equal(1, (await app.RpcAsync("version"))!.GetValue<int>());

        Assert.Equal(HttpStatusCode.OK, (await app.ActivateAsync(2)).StatusCode);
        await site.ReadAsync("/", "pages of two");
        Assert.Equal(2, (await app.RpcAsync("version"))!.GetValue<int>());
    }

    [Fact]
    public async Task A_version_from_before_there_were_pages_has_none()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        await stack.Admin.DeployedAsync("serve({ two: () => 2 });", app.Id);
        var site = new Site(stack, app.Id);
        await site.DeployAsync(AppArchive.Of(("index.html", "pages")));
        Assert.Equal(HttpStatusCode.OK, (await app.ActivateAsync(1)).StatusCode);
        await site.AssertMissingAsync("/");
    }

    [Fact]
    public async Task Pages_alone_are_a_version_and_code_that_comes_later_keeps_them()
    {
        var site = await Site.OfAsync(stack, ("index.html", "pages alone"));
        var app = new App(stack.Admin, site.AppId);
        var alone = Assert.Single(await app.VersionsAsync());
        Assert.Equal("1 live!", await app.StatesAsync());
        Assert.Null(alone["entryPoint"]);
        Assert.Equal(["received", "live"], (await app.EventsAsync(1)).Select(step => step.Data["state"]!.ToString()));

        await stack.Admin.DeployedAsync(
            "let begun = Promise.withResolvers(); serve({ ping: () => 'pong', slow: async () => { begun.resolve(); await Bun.sleep(1500); return 'finished'; }, slowly: () => begun.promise });",
            app.Id);
        await site.ReadAsync("/", "pages alone");
        Assert.Equal("pong", (await app.RpcAsync("ping"))!.GetValue<string>());
        Assert.Equal("2 live!, 1 superseded", await app.StatesAsync());

        // Back to when there was no code; what is under way finishes.
        var under = app.RpcAsync("slow");
        await app.RpcAsync("slowly"); // it is: its worker answers this once it has the other
        Assert.Equal(HttpStatusCode.OK, (await app.ActivateAsync(1)).StatusCode);
        Assert.Equal("finished", (await under)!.GetValue<string>());
        await site.ReadAsync("/", "pages alone");
        await app.AssertRpcFailsAsync("ping", $"worker error: no worker for app '{app.Id}'");
        await Eventually.TrueAsync(async () => await app.StatusAsync() == "stopped", "the worker of a version that is not live goes on");

        Assert.Equal(HttpStatusCode.OK, (await app.ActivateAsync(2)).StatusCode);
        Assert.Equal("pong", (await app.RpcAsync("ping"))!.GetValue<string>());
        Assert.Equal("running", await app.StatusAsync());
    }
}
