using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Deployments;

/// <summary>Versions are numbered, kept, shown and brought back.</summary>
public sealed class VersionTests(PlatformStack stack)
{
    private static string Numbered(int number) => $"serve({{ version: () => {number} }});";

    [Fact]
    public async Task Each_deploy_is_a_version_that_says_where_it_stands()
    {
        var app = await stack.Admin.DeployedAsync(Numbered(1));
        var archive = AppArchive.Of("throw new Error('no luck');");
        (await stack.Admin.DeployAsync(app.Id, archive)).Dispose();
        await stack.Admin.DeployedAsync(Numbered(3), app.Id);

        Assert.Equal("3 live!, 2 failed, 1 superseded", await app.StatesAsync());
        var versions = await app.VersionsAsync();
        Assert.All(versions, version => Assert.Equal(stack.Admin.User!["id"]!.ToString(), version["createdBy"]!.ToString()));
        Assert.Equal("index.ts", versions[0]["entryPoint"]!.ToString());
        Assert.False(versions[0]["frontend"]!.GetValue<bool>());
        Assert.Null(versions[0]["error"]);
        Assert.InRange(versions[0]["createdAt"]!.GetValue<DateTimeOffset>(), DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.Contains("no luck", versions[1]["error"]!.ToString(), StringComparison.Ordinal);
        Assert.Null(versions[1]["entryPoint"]);
        Assert.Equal(archive.Length, versions[1]["size"]!.GetValue<long>());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(archive)), versions[1]["sha256"]!.ToString());

        var second = await (await app.GetVersionAsync(2)).JsonAsync(HttpStatusCode.OK);
        Assert.Equal(versions[1].ToJsonString(), second.ToJsonString());
        await (await app.GetVersionAsync(4)).AssertErrorAsync(HttpStatusCode.NotFound, $"version 4 of app '{app.Id}' not found");
        await (await stack.Admin.GetAsync("/api/v1/apps/no_such_app/deployments")).AssertErrorAsync(HttpStatusCode.NotFound, "app 'no_such_app' not found");
        await (await stack.Admin.GetAsync($"/api/v1/apps/{app.Id}/deployments/zero")).AssertErrorAsync(
            HttpStatusCode.BadRequest, "invalid version: expected a whole number from 1, not 'zero'");
    }

    [Fact]
    public async Task An_earlier_version_is_brought_back_without_being_built_again_and_the_later_one_too()
    {
        // The folder shows whether it was unpacked anew.
        const string Source = "import { existsSync, writeFileSync } from 'node:fs'; const seen = existsSync('mark'); writeFileSync('mark', ''); serve({ version: () => VERSION, seen: () => seen });";
        var app = await stack.Admin.DeployedAsync(Source.Replace("VERSION", "1", StringComparison.Ordinal));
        await stack.Admin.DeployedAsync(Source.Replace("VERSION", "2", StringComparison.Ordinal), app.Id);

        var back = await (await app.ActivateAsync(1)).JsonAsync(HttpStatusCode.OK);
        Assert.Equal("1 live True", string.Create(CultureInfo.InvariantCulture, $"{back["version"]} {back["state"]} {back["live"]!.GetValue<bool>()}"));
        Assert.Equal(1, (await app.RpcAsync("version"))!.GetValue<int>());
        Assert.True((await app.RpcAsync("seen"))!.GetValue<bool>());
        Assert.Equal("2 superseded, 1 live!", await app.StatesAsync());

        Assert.Equal(HttpStatusCode.OK, (await app.ActivateAsync(2)).StatusCode);
        Assert.Equal(2, (await app.RpcAsync("version"))!.GetValue<int>());
        Assert.Equal("2 live!, 1 superseded", await app.StatesAsync());
        Assert.Equal(HttpStatusCode.OK, (await app.ActivateAsync(2)).StatusCode);

        await stack.Admin.DeployedAsync(Numbered(3), app.Id);
        Assert.Equal("3 live!, 2 superseded, 1 superseded", await app.StatesAsync());
    }

    [Fact]
    public async Task A_version_that_never_was_live_can_t_be_activated()
    {
        var app = await stack.Admin.DeployedAsync(Numbered(1));
        (await stack.Admin.DeployAsync(app.Id, AppArchive.Of("throw new Error('no luck');"))).Dispose();

        var refused = await (await app.ActivateAsync(2)).JsonAsync(HttpStatusCode.Conflict);
        Assert.StartsWith($"version 2 of app '{app.Id}' failed and can't be activated: worker error: ", refused["error"]!.ToString(), StringComparison.Ordinal);
        await (await app.ActivateAsync(3)).AssertErrorAsync(HttpStatusCode.NotFound, $"version 3 of app '{app.Id}' not found");
        Assert.Equal(1, (await app.RpcAsync("version"))!.GetValue<int>());
    }

    [Fact]
    public async Task An_activation_that_fails_leaves_the_live_version_and_may_be_tried_again()
    {
        // Comes up the first time only, until it is told otherwise.
        var app = await stack.Admin.DeployedAsync("""
            import { existsSync, writeFileSync, rmSync } from 'node:fs';
            if (existsSync('fails')) throw new Error('not today');
            writeFileSync('fails', '');
            serve({ version: () => 1, folder: () => process.cwd() });
            """);
        var folder = (await app.RpcAsync("folder"))!.ToString();
        await stack.Admin.DeployedAsync("import { rmSync } from 'node:fs'; serve({ version: () => 2, repair: ({ path }) => rmSync(path) });", app.Id);

        var refused = await (await app.ActivateAsync(1)).JsonAsync(HttpStatusCode.UnprocessableEntity);
        Assert.Contains("not today", refused["error"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, (await app.RpcAsync("version"))!.GetValue<int>());
        Assert.Equal("2 live!, 1 superseded", await app.StatesAsync());
        Assert.Contains("not today", (await app.VersionsAsync())[1]["error"]!.ToString(), StringComparison.Ordinal);

        await app.RpcAsync("repair", new System.Text.Json.Nodes.JsonObject { ["path"] = $"{folder}/fails" });
        Assert.Equal(HttpStatusCode.OK, (await app.ActivateAsync(1)).StatusCode);
        Assert.Equal(1, (await app.RpcAsync("version"))!.GetValue<int>());
        Assert.Null((await app.VersionsAsync())[1]["error"]);
    }

    [Fact]
    public async Task What_is_asked_for_last_is_what_is_live_in_the_end()
    {
        var app = await stack.Admin.DeployedAsync(Numbered(1));
        await stack.Admin.DeployedAsync(Numbered(2), app.Id);
        using var gate = new Gate(stack);
        using var logs = await app.LogsAsync();
        var slow = stack.Admin.DeployAsync(app.Id, AppArchive.Of($"serve({{ version: () => 3 }}, {{ {gate.Hook} }});"));
        await logs.WaitForAsync("info", "at the gate");

        // The live one would be superseded a moment later.
        var premature = await (await app.ActivateAsync(2)).JsonAsync(HttpStatusCode.Conflict);
        Assert.Contains("version 3 is about to be", premature["error"]!.ToString(), StringComparison.Ordinal);
        var underWay = await (await app.ActivateAsync(3)).JsonAsync(HttpStatusCode.Conflict);
        Assert.Equal($"version 3 of app '{app.Id}' is being deployed", underWay["error"]!.ToString());

        var back = Task.WhenAll(app.ActivateAsync(1), app.ActivateAsync(1));
        await Eventually.TrueAsync(async () => await app.StatesAsync() == "3 starting, 2 live!, 1 pending", "the first one does not wait");
        gate.Open();
        Assert.All(await back, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(HttpStatusCode.OK, (await slow).StatusCode);
        Assert.Equal(1, (await app.RpcAsync("version"))!.GetValue<int>());
        Assert.Equal("3 superseded, 2 superseded, 1 live!", await app.StatesAsync());
    }

    [Fact]
    public async Task The_archive_comes_back_as_it_was_uploaded()
    {
        var archive = AppArchive.Of(Numbered(1));
        var app = new App(stack.Admin, App.NewId());
        (await stack.Admin.DeployAsync(app.Id, archive)).Dispose();

        using var answer = await app.GetVersionAsync(1, "/archive");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/gzip", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal($"{app.Id}-1.tar.gz", answer.Content.Headers.ContentDisposition?.FileName);
        Assert.Equal($"\"{Convert.ToHexStringLower(SHA256.HashData(archive))}\"", answer.Headers.ETag?.Tag);
        Assert.Equal(archive, await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));

        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/apps/{app.Id}/deployments/1/archive");
        request.Headers.Range = new System.Net.Http.Headers.RangeHeaderValue(10, 19);
        using var part = await stack.Admin.SendAsync(request);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(archive[10..20], await part.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        await (await app.GetVersionAsync(2, "/archive")).AssertErrorAsync(HttpStatusCode.NotFound, $"version 2 of app '{app.Id}' not found");
    }

    [Fact]
    public async Task A_deploy_that_nobody_waits_for_is_accepted_and_goes_live_by_itself()
    {
        var app = await stack.Admin.DeployedAsync(Numbered(1));
        var form = new MultipartFormDataContent { { new ByteArrayContent(AppArchive.Of(Numbered(2))), "archive", "app.tar.gz" } };
        using var answer = await stack.Admin.PostAsync($"/api/v1/apps/{app.Id}/deploy?wait=false", form);
        var row = await answer.JsonAsync(HttpStatusCode.Accepted);
        Assert.Equal(2, row["version"]!.GetValue<int>());
        Assert.Equal($"/api/v1/apps/{app.Id}/deployments/2", answer.Headers.Location?.ToString());

        Assert.Equal("live", (await app.EventsAsync(2))[^1].Data["state"]!.ToString());
        Assert.Equal(2, (await app.RpcAsync("version"))!.GetValue<int>());

        await (await stack.Admin.PostAsync($"/api/v1/apps/{app.Id}/deploy?wait=maybe", new MultipartFormDataContent())).AssertErrorAsync(
            HttpStatusCode.BadRequest, "wait must be true or false");
    }

    [Fact]
    public async Task The_same_archive_deployed_twice_is_two_versions()
    {
        var archive = AppArchive.Of("import { basename } from 'node:path'; serve({ version: () => Number(basename(process.cwd())) });");
        var app = new App(stack.Admin, App.NewId());
        (await stack.Admin.DeployAsync(app.Id, archive)).Dispose();
        (await stack.Admin.DeployAsync(app.Id, archive)).Dispose();
        Assert.Equal(2, (await app.RpcAsync("version"))!.GetValue<int>());
        Assert.Equal(HttpStatusCode.OK, (await app.ActivateAsync(1)).StatusCode);
        Assert.Equal(1, (await app.RpcAsync("version"))!.GetValue<int>());
    }

    [Fact]
    public async Task Versions_are_the_business_of_those_who_administer_the_app()
    {
        var app = await stack.Admin.DeployedAsync(Numbered(1));
        var someone = await stack.Anonymous().RegisteredAsync();
        foreach (var below in (string[])["", "/1", "/1/archive", "/1/events"])
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await someone.GetAsync($"/api/v1/apps/{app.Id}/deployments{below}")).StatusCode);
        }

        Assert.Equal(HttpStatusCode.Forbidden, (await app.As(someone).ActivateAsync(1)).StatusCode);
        await stack.GrantAsync(someone, $"app:{app.Id}:*");
        Assert.Equal("1 live!", await app.As(someone).StatesAsync());
        Assert.Equal(HttpStatusCode.OK, (await app.As(someone).ActivateAsync(1)).StatusCode);
    }
}
