using System.Net;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Apps;

/// <summary>Who may install and uninstall.</summary>
public sealed class AppAccessTests(PlatformStack stack)
{
    [Fact]
    public async Task A_new_app_takes_the_right_to_make_apps()
    {
        var appId = App.NewId();
        var manifest = InstallingClient.ManifestOf(appId);
        using (var nobody = await stack.Anonymous().InstallAsync(manifest))
        {
            await nobody.AssertErrorAsync(HttpStatusCode.Unauthorized, "missing or invalid authorization header");
        }

        using (var user = await stack.User.InstallAsync(manifest))
        {
            await user.AssertErrorAsync(HttpStatusCode.Forbidden, "permission denied: platform:apps.create");
        }

        // Whoever is to administer it may not make it.
        var future = await UserWithAsync($"app:{appId}:*");
        using (var refused = await future.InstallAsync(manifest))
        {
            await refused.AssertErrorAsync(HttpStatusCode.Forbidden, "permission denied: platform:apps.create");
        }

        await (await UserWithAsync("platform:apps.create")).InstalledAsync(manifest);
        await future.InstalledAsync(manifest);
    }

    [Fact]
    public async Task Whoever_makes_an_app_administers_it_and_nobody_else_elses()
    {
        var maker = await UserWithAsync("platform:apps.create");
        var other = await UserWithAsync("platform:apps.create");
        var (mine, theirs) = (App.NewId(), App.NewId());
        await maker.InstalledAsync(InstallingClient.ManifestOf(mine));
        await other.InstalledAsync(InstallingClient.ManifestOf(theirs));

        var held = await (await maker.GetAsync("/api/v1/permissions")).JsonAsync(HttpStatusCode.OK);
        Assert.Contains($"app:{mine}:admin", held["roles"]!.AsArray().Select(role => role!.GetValue<string>()));
        Assert.Contains($"app:{mine}:*", held["permissions"]!.AsArray().Select(permission => permission!.GetValue<string>()));

        await maker.InstalledAsync(InstallingClient.ManifestOf(mine)); // at once
        using (var deployed = await maker.DeployAsync(mine, AppArchive.Of("serve({});")))
        {
            Assert.Equal(HttpStatusCode.OK, deployed.StatusCode);
        }

        using (var install = await maker.InstallAsync(InstallingClient.ManifestOf(theirs)))
        {
            await install.AssertErrorAsync(HttpStatusCode.Forbidden, $"permission denied: app:{theirs}:*");
        }

        using (var uninstall = await maker.UninstallAsync(theirs))
        {
            await uninstall.AssertErrorAsync(HttpStatusCode.Forbidden, $"permission denied: app:{theirs}:*");
        }

        using var own = await maker.UninstallAsync(mine);
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
    }

    [Fact]
    public async Task Whoever_administers_all_apps_gets_no_role_for_one()
    {
        var appId = App.NewId();
        await stack.Admin.InstalledAsync(InstallingClient.ManifestOf(appId));
        var roles = await (await stack.Admin.GetAsync("/api/v1/roles")).JsonAsync(HttpStatusCode.OK);
        Assert.DoesNotContain($"app:{appId}:admin", roles.AsArray().Select(role => role!["name"]!.GetValue<string>()));
    }

    [Fact]
    public async Task An_app_that_has_only_code_is_installed_by_its_administrators()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        using (var refused = await (await UserWithAsync("platform:apps.create")).InstallAsync(InstallingClient.ManifestOf(app.Id)))
        {
            await refused.AssertErrorAsync(HttpStatusCode.Forbidden, $"permission denied: app:{app.Id}:*");
        }

        await (await UserWithAsync($"app:{app.Id}:*")).InstalledAsync(InstallingClient.ManifestOf(app.Id));
    }

    [Fact]
    public async Task A_role_that_allows_more_than_the_app_is_not_given_to_its_maker()
    {
        var appId = App.NewId();
        using (var made = await stack.Admin.PostAsync("/api/v1/roles", new JsonObject { ["name"] = $"app:{appId}:admin", ["permissions"] = new JsonArray($"app:{appId}:*", "auth.invite") }))
        {
            Assert.Equal(HttpStatusCode.OK, made.StatusCode);
        }

        using (var refused = await (await UserWithAsync("platform:apps.create")).InstallAsync(InstallingClient.ManifestOf(appId)))
        {
            await refused.AssertErrorContainsAsync(HttpStatusCode.Conflict, $"the role 'app:{appId}:admin' is there already and allows something else than app:{appId}:*");
        }

        await (await stack.User.GetAsync($"/api/v1/apps/{appId}")).AssertErrorAsync(HttpStatusCode.NotFound, $"app '{appId}' not found");
    }

    [Theory]
    [InlineData("core")]
    [InlineData("public")]
    [InlineData("rootcx_system")]
    [InlineData("pg_catalog")]
    [InlineData("information_schema")]
    public async Task Reserved_names_are_neither_installed_nor_uninstalled(string name)
    {
        using (var install = await stack.Admin.InstallAsync(InstallingClient.ManifestOf(name)))
        {
            await install.AssertErrorContainsAsync(HttpStatusCode.BadRequest, $"$.appId: reserved app_id: '{name}'");
        }

        using var uninstall = await stack.Admin.UninstallAsync(name);
        await uninstall.AssertErrorAsync(HttpStatusCode.BadRequest, $"reserved app_id: '{name}'");
    }

    [Fact]
    public async Task Apps_that_are_not_there_are_uninstalled_by_administrators_only()
    {
        var appId = App.NewId();
        using (var user = await stack.User.UninstallAsync(appId))
        {
            await user.AssertErrorAsync(HttpStatusCode.Forbidden, $"permission denied: app:{appId}:*");
        }

        using var admin = await stack.Admin.UninstallAsync(appId);
        Assert.Equal($"app '{appId}' uninstalled", (await admin.JsonAsync(HttpStatusCode.OK))["message"]!.GetValue<string>());
    }

    private async Task<ApiClient> UserWithAsync(string permission)
    {
        var user = await stack.Anonymous().RegisteredAsync();
        await stack.GrantAsync(user, permission);
        return user;
    }
}
