using System.Net;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Npgsql;
using RootCx.Tests.Deployments.Archives;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Frontends;

/// <summary>How front ends come to be served.</summary>
public sealed class FrontendDeployTests(PlatformStack stack)
{
    private const long UploadLimit = 50 * 1024 * 1024;

    [Fact]
    public async Task One_alone_makes_the_app_known_as_a_version_without_code()
    {
        var site = await Site.OfAsync(stack, ("index.html", "<h1>one</h1>"));
        await site.ReadAsync("/", "<h1>one</h1>");
        Assert.True((await ListedAsync(site.AppId))!["hasFrontend"]!.GetValue<bool>());
        Assert.Equal("stopped", await new App(stack.Admin, site.AppId).StatusAsync());

        await using var database = NpgsqlDataSource.Create(stack.Own.Description.Postgres);
        Assert.Equal(["1 live f 0 received", "1 live f 0 live"], await RowsAsync(database, $"""
            select d.version || ' ' || d.state || ' ' || case when has_code then 't' else 'f' end || ' '
                || (select count(*) from rootcx_system.deployments where app_id = d.app_id and (live_at is null or finished_at is null or frontend_id is null)) || ' ' || e.step
            from rootcx_system.deployments d join rootcx_system.deployment_events e using (app_id, version) where d.app_id = '{site.AppId}' order by e.id
            """));
        Assert.Equal(["app.frontend_deployed 1"], await RowsAsync(
            database, $"select action || ' ' || target from rootcx_system.platform_audit where app_id = '{site.AppId}'"));
    }

    [Fact]
    public async Task It_attaches_to_the_version_that_is_live()
    {
        var app = await stack.Admin.DeployedAsync("serve({ ping: () => 'pong' });");
        var site = new Site(stack, app.Id);
        await site.AssertMissingAsync("/");
        Assert.False((await ListedAsync(app.Id))!["hasFrontend"]!.GetValue<bool>());

        await site.DeployAsync(AppArchive.Of(("index.html", "of the app")));
        await site.ReadAsync("/", "of the app");
        Assert.True((await ListedAsync(app.Id))!["hasFrontend"]!.GetValue<bool>());
        Assert.Equal("pong", (await app.RpcAsync("ping"))!.GetValue<string>());
        await using var database = NpgsqlDataSource.Create(stack.Own.Description.Postgres);
        Assert.Equal(["1"], await RowsAsync(database, $"select version::text from rootcx_system.deployments where app_id = '{app.Id}' and frontend_id is not null"));
    }

    [Fact]
    public async Task A_next_one_takes_the_place_of_all_files()
    {
        var site = await Site.OfAsync(stack, ("index.html", "one"), ("old.txt", "old"));
        await site.ReadAsync("/old.txt", "old");
        await site.DeployAsync(AppArchive.Of(("new.txt", "new")));
        await site.ReadAsync("/new.txt", "new");
        await site.AssertMissingAsync("/old.txt");
        await site.AssertMissingAsync("/");
    }

    [Fact]
    public async Task Deploys_at_once_follow_each_other_and_one_of_them_stays()
    {
        var site = new Site(stack, App.NewId());
        var answers = await Task.WhenAll(Enumerable.Range(1, 6).Select(n => site.PostAsync(AppArchive.Of(("index.html", $"{n}")))));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        using var served = await site.SendAsync("/");
        Assert.Matches("^[1-6]\\z", await served.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        await using var database = NpgsqlDataSource.Create(stack.Own.Description.Postgres);
        Assert.Equal(["1"], await RowsAsync(database, $"select count(*)::text from rootcx_system.deployments where app_id = '{site.AppId}'"));
    }

    [Fact]
    public async Task Refused_archives_leave_the_page_that_is_served_and_nothing_else()
    {
        var site = await Site.OfAsync(stack, ("index.html", "good"));
        foreach (var (name, (archive, message)) in HostileArchives.All)
        {
            using var answer = await site.PostAsync(archive);
            Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{name}: {(int)answer.StatusCode}");
            await answer.AssertErrorContainsAsync(HttpStatusCode.BadRequest, message);
            await site.ReadAsync("/", "good");
        }

        var blobs = new BlobServiceClient(stack.Own.Description.Storage);
        Assert.Equal(2, await CountAsync(blobs.GetBlobContainerClient("frontends"), site.AppId));
        Assert.Equal(1, await CountAsync(blobs.GetBlobContainerClient("deployments"), site.AppId));
    }

    [Fact]
    public async Task What_is_no_upload_is_refused_as_deploys_are()
    {
        var path = $"/api/v1/apps/{App.NewId()}/frontend";
        await (await stack.Admin.PostAsync(path)).AssertErrorAsync(HttpStatusCode.BadRequest, "missing 'archive' field");
        await (await stack.Admin.PostAsync(path, new JsonObject())).JsonAsync(HttpStatusCode.UnsupportedMediaType);
        var site = new Site(stack, App.NewId());
        await (await site.PostAsync([])).AssertErrorAsync(HttpStatusCode.BadRequest, "empty archive");
        await (await site.PostAsync(new byte[UploadLimit + 1])).AssertErrorContainsAsync(HttpStatusCode.RequestEntityTooLarge, "archive too large");
        await (await new Site(stack, "core").PostAsync(AppArchive.Of(("a", "a")))).AssertErrorAsync(HttpStatusCode.BadRequest, "reserved app_id: 'core'");
        await (await new Site(stack, "No").PostAsync(AppArchive.Of(("a", "a")))).AssertErrorContainsAsync(HttpStatusCode.BadRequest, "invalid app id");
        await site.AssertMissingAsync("/");
    }

    [Fact]
    public async Task It_takes_an_administrator_of_the_app()
    {
        var site = new Site(stack, App.NewId());
        var archive = AppArchive.Of(("index.html", "x"));
        await (await site.PostAsync(archive, stack.Anonymous())).JsonAsync(HttpStatusCode.Unauthorized);
        await (await site.PostAsync(archive, stack.User)).JsonAsync(HttpStatusCode.Forbidden);
        var admin = await stack.Anonymous().RegisteredAsync();
        await stack.GrantAsync(admin, $"app:{site.AppId}:*");
        await (await site.PostAsync(archive, admin)).JsonAsync(HttpStatusCode.OK);
        await site.ReadAsync("/", "x");
    }

    [Fact]
    public async Task Links_stand_for_the_files_that_they_end_at()
    {
        var site = new Site(stack, App.NewId());
        await site.DeployAsync(new TarBuilder()
            .File("real/page.html", "linked").SymbolicLink("index.html", "again").SymbolicLink("again", "real/page.html")
            .SymbolicLink("loop", "loop").SymbolicLink("nothing", "nowhere").SymbolicLink("folder", "real").ToGzip());
        using var page = await site.ReadAsync("/", "linked");
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        foreach (var name in (string[])["loop", "nothing", "folder"])
        {
            await site.ReadAsync($"/{name}", "linked"); // the fallback
            await site.AssertMissingAsync($"/{name}", headers => headers.Add("Sec-Fetch-Dest", "script"));
        }
    }

    [Fact]
    public async Task Many_links_to_a_large_file_are_as_large_as_what_they_stand_for()
    {
        var archive = new TarBuilder().File("large", TarBuilder.Noise(7, 4 * 1024 * 1024));
        for (var i = 0; i < 130; i++)
        {
            archive.SymbolicLink($"link{i}", "large");
        }

        await (await new Site(stack, App.NewId()).PostAsync(archive.ToGzip())).AssertErrorAsync(HttpStatusCode.BadRequest, "archive unpacks to more than 536870912 bytes");
    }

    [Fact]
    public async Task No_temporary_folders_are_left()
    {
        var site = await Site.OfAsync(stack, ("index.html", "good"));
        await (await site.PostAsync(HostileArchives.All["fifo"].Archive)).JsonAsync(HttpStatusCode.BadRequest);
        _ = stack.Own; // the folders are this machine's

        // Other tests may have one at this moment; one that is still there when they have long ended is left over.
        var present = Folders();
        await Eventually.TrueAsync(() => !present.Intersect(Folders()).Any(), "temporary folders are left");

        static string[] Folders() => Directory.GetDirectories(Path.GetTempPath(), "rootcx-frontend-*");
    }

    private async Task<JsonNode?> ListedAsync(string appId) =>
        (await (await stack.User.GetAsync("/api/v1/apps")).JsonAsync(HttpStatusCode.OK)).AsArray().Single(app => app!["id"]!.GetValue<string>() == appId);

    private static async Task<List<string>> RowsAsync(NpgsqlDataSource database, string sql)
    {
        var rows = new List<string>();
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }

    private static async Task<int> CountAsync(BlobContainerClient container, string appId)
    {
        var count = 0;
        await foreach (var blob in container.GetBlobsAsync(prefix: appId, cancellationToken: TestContext.Current.CancellationToken))
        {
            count += blob.Name.StartsWith(appId, StringComparison.Ordinal) ? 1 : 0;
        }

        return count;
    }
}
