using System.Net;
using System.Text.Json.Nodes;
using RootCx.Tests.Collections;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Apps;

/// <summary>Icons: named by the manifest, taken from the deployed archive.</summary>
public sealed class AppIconTests(PlatformStack stack)
{
    private const string Svg = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>""";

    [Fact]
    public async Task An_icon_comes_with_a_deployment_and_goes_with_a_later_one()
    {
        var id = await InstalledAsync("assets/icon.svg");
        await (await IconAsync(id)).AssertErrorAsync(HttpStatusCode.NotFound, $"no icon for app '{id}'");
        Assert.Null((await AppAsync(id))["icon"]);

        await DeployAsync(id, ("index.ts", "serve({});"), ("assets/icon.svg", Svg));
        using var answer = await IconAsync(id);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("image/svg+xml", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("public, max-age=3600, stale-while-revalidate=86400", string.Join(", ", answer.Headers.NonValidated["Cache-Control"]));
        Assert.Contains("sandbox", string.Join(' ', answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.Equal(Svg, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var first = (await AppAsync(id))["icon"]!.ToString();

        await DeployAsync(id, ("index.ts", "serve({});"), ("assets/icon.svg", Svg + "<!-- another -->"));
        Assert.EndsWith("another -->", await (await IconAsync(id)).Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.NotEqual(first, (await AppAsync(id))["icon"]!.ToString());

        await DeployAsync(id, ("index.ts", "serve({});"));
        await (await IconAsync(id)).JsonAsync(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task An_icon_comes_back_with_its_version()
    {
        var id = await InstalledAsync("icon.svg");
        await DeployAsync(id, ("index.ts", "serve({});"), ("icon.svg", Svg));
        await DeployAsync(id, ("index.ts", "serve({});"));
        await (await IconAsync(id)).JsonAsync(HttpStatusCode.NotFound);

        await (await stack.Admin.PostAsync($"/api/v1/apps/{id}/deployments/1/activate")).JsonAsync(HttpStatusCode.OK);
        Assert.Equal(Svg, await (await IconAsync(id)).Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("nowhere.png", "there is no such file in the archive")]
    [InlineData("../../../../etc/passwd", "it is not inside the archive")]
    [InlineData("/etc/hostname.png", "it is not inside the archive")]
    [InlineData("index.ts", "its name does not end like an image's")]
    [InlineData("big.png", "it has more than 1048576 bytes")]
    public async Task One_that_can_t_be_used_is_told_in_the_log_and_the_app_runs(string icon, string problem)
    {
        var id = await InstalledAsync(icon);
        await DeployAsync(id, ("index.ts", "serve({ ping: () => 1 });"), ("big.png", new string('x', 1_048_577)));
        var app = new App(stack.Admin, id);
        Assert.Equal(1, (await app.RpcAsync("ping"))!.GetValue<int>());
        using var logs = await app.LogsAsync(after: 0);
        await logs.WaitForAsync("system", $"icon '{icon}' is not used: {problem}");
        await (await IconAsync(id)).JsonAsync(HttpStatusCode.NotFound);
    }

    private async Task<string> InstalledAsync(string icon)
    {
        var manifest = Collection.Manifest(App.NewId());
        manifest["icon"] = icon;
        return (await stack.Admin.InstalledAsync(manifest)).Id;
    }

    private async Task DeployAsync(string id, params (string Path, string Content)[] files)
    {
        using var answer = await stack.Admin.DeployAsync(id, AppArchive.Of(files));
        await answer.JsonAsync(HttpStatusCode.OK);
    }

    private Task<HttpResponseMessage> IconAsync(string id) => stack.User.GetAsync($"/api/v1/apps/{id}/icon");

    private async Task<JsonNode> AppAsync(string id) => await (await stack.User.GetAsync($"/api/v1/apps/{id}")).JsonAsync(HttpStatusCode.OK);
}
