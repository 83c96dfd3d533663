using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using RootCx.Tests.Jobs;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Auth;

public sealed class RoleTests(PlatformStack stack)
{
    [Fact]
    public async Task A_role_is_made_shown_changed_given_taken_and_deleted()
    {
        var (name, user) = (App.NewId(), await stack.Anonymous().RegisteredAsync());
        await OkAsync(PostAsync("roles", new JsonObject { ["name"] = name, ["description"] = "d", ["permissions"] = new JsonArray("app:x:one", "app:x:one") }), $"role '{name}' created");
        Assert.Equal($$"""{"name":"{{name}}","description":"d","inherits":[],"permissions":["app:x:one"]}""", (await RoleAsync(name))!.ToJsonString());
        Assert.Equal("""{"roles":[],"permissions":[]}""", (await PermissionsAsync(user)).ToJsonString());

        await OkAsync(AssignAsync(user, name), $"role '{name}' assigned");
        await OkAsync(AssignAsync(user, name), $"role '{name}' assigned");
        Assert.Equal($$"""{"roles":["{{name}}"],"permissions":["app:x:one"]}""", (await PermissionsAsync(user)).ToJsonString());
        var assignments = (await (await stack.Admin.GetAsync("/api/v1/roles/assignments")).JsonAsync(HttpStatusCode.OK)).AsArray();
        var assignment = Assert.Single(assignments, row => row!["role"]!.GetValue<string>() == name)!;
        Assert.Equal(["userId", "role", "assignedAt"], assignment.AsObject().Select(property => property.Key));

        await OkAsync(PatchAsync(name, new JsonObject { ["permissions"] = new JsonArray("app:y:*", "app:x:two") }), $"role '{name}' updated");
        Assert.Equal("""["app:x:two","app:y:*"]""", (await PermissionsAsync(user))["permissions"]!.ToJsonString());
        Assert.Equal("d", (await RoleAsync(name))!["description"]!.GetValue<string>());

        await OkAsync(RevokeAsync(user, name), $"role '{name}' revoked");
        Assert.Equal("""{"roles":[],"permissions":[]}""", (await PermissionsAsync(user)).ToJsonString());
        using (var again = await RevokeAsync(user, name))
        {
            await again.AssertErrorAsync(HttpStatusCode.NotFound, $"assignment not found for role '{name}'");
        }

        await OkAsync(AssignAsync(user, name), $"role '{name}' assigned");
        await OkAsync(DeleteAsync(name), $"role '{name}' deleted");
        Assert.Equal("""{"roles":[],"permissions":[]}""", (await PermissionsAsync(user)).ToJsonString());
        Assert.Null(await RoleAsync(name));
        using var gone = await DeleteAsync(name);
        await gone.AssertErrorAsync(HttpStatusCode.NotFound, $"role '{name}' not found");
    }

    [Fact]
    public async Task Permissions_come_through_inherited_roles_and_circles_are_refused()
    {
        var (a, b, c) = (App.NewId(), App.NewId(), App.NewId());
        await OkAsync(PostAsync("roles", new JsonObject { ["name"] = a, ["inherits"] = new JsonArray(b, "unknown_role"), ["permissions"] = new JsonArray("app:one:*") }), $"role '{a}' created");
        await OkAsync(PostAsync("roles", new JsonObject { ["name"] = b, ["inherits"] = new JsonArray(c), ["permissions"] = new JsonArray("app:two:*") }), $"role '{b}' created");
        using (var circle = await PostAsync("roles", new JsonObject { ["name"] = c, ["inherits"] = new JsonArray(a) }))
        {
            await circle.AssertErrorAsync(HttpStatusCode.BadRequest, $"role hierarchy cycle involving '{c}'");
        }

        Assert.Null(await RoleAsync(c));
        using (var self = await PatchAsync(b, new JsonObject { ["inherits"] = new JsonArray(b) }))
        {
            await self.AssertErrorAsync(HttpStatusCode.BadRequest, $"role hierarchy cycle involving '{b}'");
        }

        var user = await stack.Anonymous().RegisteredAsync();
        await OkAsync(AssignAsync(user, a), $"role '{a}' assigned");
        var held = await PermissionsAsync(user);
        Assert.Equal(new[] { a, b, c, "unknown_role" }.Order(StringComparer.Ordinal), held["roles"]!.AsArray().Select(role => role!.GetValue<string>()));
        Assert.Equal("""["app:one:*","app:two:*"]""", held["permissions"]!.ToJsonString());
    }

    // A circle that found its way in all the same does no harm.
    [Fact]
    public async Task A_circle_in_the_database_is_walked_once()
    {
        await using var database = NpgsqlDataSource.Create($"{stack.Own.Description.Postgres};Search Path=rootcx_system");
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var name = App.NewId();
        var user = await stack.Anonymous().RegisteredAsync();
        await connection.ExecuteAsync(
            """
            insert into rbac_roles (name, inherits, permissions) values
              (@name || '_a', array[@name || '_b'], array['app:one:*']), (@name || '_b', array[@name || '_a'], array['app:two:*'])
            """,
            new { name });
        await OkAsync(AssignAsync(user, $"{name}_a"), $"role '{name}_a' assigned");
        Assert.Equal("""["app:one:*","app:two:*"]""", (await PermissionsAsync(user))["permissions"]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"permissions":[]}""", "missing 'name'")]
    [InlineData("""{"name":""}""", "role name must not be empty")]
    [InlineData("""{"name":"  "}""", "role name must not be empty")]
    [InlineData("""{"name":"admin"}""", "cannot create a role named 'admin' (reserved)")]
    [InlineData("""{"name":"a\nb"}""", "role name must have at most 64 characters, without slashes, control characters and blanks around it")]
    [InlineData("""{"name":"a/b"}""", "role name must have at most 64 characters, without slashes, control characters and blanks around it")]
    [InlineData("""{"name":"a\u0000b"}""", "'name' must be a string of Unicode text without NUL")]
    [InlineData("""{"name":"n","permissions":"app:x:y"}""", "'permissions' must be an array of strings of Unicode text without NUL")]
    [InlineData("""{"name":"n","permissions":[1]}""", "'permissions' must be an array of strings of Unicode text without NUL")]
    [InlineData("""{"name":"n","permissions":["app:crm:deals.*"]}""", "'app:crm:deals.*' is no permission key: expected 200 characters at most of a-z, A-Z, 0-9 and _.:-, then maybe ':*'; or '*'")]
    [InlineData("""{"name":"n","permissions":[""]}""", "'' is no permission key: expected 200 characters at most of a-z, A-Z, 0-9 and _.:-, then maybe ':*'; or '*'")]
    [InlineData("""{"name":"n","permissions":["a b"]}""", "'a b' is no permission key: expected 200 characters at most of a-z, A-Z, 0-9 and _.:-, then maybe ':*'; or '*'")]
    [InlineData("""{"name":"n","parents":[]}""", "unknown field 'parents': expected name, description, inherits, permissions")]
    public async Task A_role_that_is_not_valid_is_refused(string body, string error)
    {
        using var answer = await PostAsync("roles", JsonNode.Parse(body)!);
        await answer.AssertErrorAsync(HttpStatusCode.BadRequest, error);
    }

    [Fact]
    public async Task The_administrators_role_is_what_it_is()
    {
        using (var changed = await PatchAsync("admin", new JsonObject { ["permissions"] = new JsonArray() }))
        {
            await changed.AssertErrorAsync(HttpStatusCode.BadRequest, "cannot modify permissions or inherits on built-in admin role");
        }

        using (var deleted = await DeleteAsync("admin"))
        {
            await deleted.AssertErrorAsync(HttpStatusCode.BadRequest, "cannot delete built-in admin role");
        }

        using (var nothing = await PatchAsync("admin", new JsonObject()))
        {
            await nothing.AssertErrorAsync(HttpStatusCode.BadRequest, "no fields to update");
        }

        await OkAsync(PatchAsync("admin", new JsonObject { ["description"] = "Instance administrator" }), "role 'admin' updated");
        Assert.Equal("""["*"]""", (await RoleAsync("admin"))!["permissions"]!.ToJsonString());
        var name = App.NewId();
        using (var unknown = await PatchAsync(name, new JsonObject { ["description"] = "x" }))
        {
            await unknown.AssertErrorAsync(HttpStatusCode.NotFound, $"role '{name}' not found");
        }

        using (var undefined = await AssignAsync(stack.User, name))
        {
            await undefined.AssertErrorAsync(HttpStatusCode.BadRequest, $"role '{name}' not defined");
        }

        var nobody = Guid.NewGuid();
        using (var unassignable = await PostAsync("roles/assign", new JsonObject { ["userId"] = nobody.ToString(), ["role"] = "admin" }))
        {
            await unassignable.AssertErrorAsync(HttpStatusCode.Conflict, $"foreign key constraint violated: there is no user '{nobody}'");
        }

        using (var noAdmin = await RevokeAsync(stack.User, "admin"))
        {
            await noAdmin.AssertErrorAsync(HttpStatusCode.NotFound, "assignment not found for role 'admin'");
        }

        using var twice = await PostAsync("roles", new JsonObject { ["name"] = (await RoleMadeAsync()) });
        await twice.AssertErrorContainsAsync(HttpStatusCode.BadRequest, "already exists");
    }

    [Fact]
    public async Task Administrators_see_wildcards_and_the_keys_they_stand_for_and_others_only_their_own()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        var held = (await PermissionsAsync(stack.Admin))["permissions"]!.AsArray().Select(key => key!.GetValue<string>()).ToList();
        Assert.Superset(
            new HashSet<string> { "*", $"app:{app.Id}:invoke", $"app:{app.Id}:cron.read", $"app:{app.Id}:jobs.manage" }, held.ToHashSet());
        Assert.Equal(held.Order(StringComparer.Ordinal), held);
        var available = (await (await stack.User.GetAsync("/api/v1/permissions/available")).JsonAsync(HttpStatusCode.OK)).AsArray();
        Assert.Contains(available, key => key!.ToJsonString() == $$"""{"key":"app:{{app.Id}}:invoke","description":null}""");

        var user = await stack.Anonymous().RegisteredAsync();
        await stack.GrantAsync(user, $"app:{app.Id}:*");
        var spelledOut = (await PermissionsAsync(user))["permissions"]!.AsArray().Select(key => key!.GetValue<string>()).ToList();
        Assert.Contains($"app:{app.Id}:cron.write", spelledOut);
        Assert.All(spelledOut, key => Assert.StartsWith($"app:{app.Id}:", key, StringComparison.Ordinal));

        var id = user.User!["id"]!.GetValue<string>();
        Assert.Equal(spelledOut, (await (await user.GetAsync($"/api/v1/permissions/{id}")).JsonAsync(HttpStatusCode.OK))["permissions"]!.AsArray().Select(key => key!.GetValue<string>()));
        Assert.Equal(spelledOut, (await (await stack.Admin.GetAsync($"/api/v1/permissions/{id}")).JsonAsync(HttpStatusCode.OK))["permissions"]!.AsArray().Select(key => key!.GetValue<string>()));
        using var foreign = await stack.User.GetAsync($"/api/v1/permissions/{id}");
        await foreign.AssertErrorAsync(HttpStatusCode.Forbidden, "admin access required");
        using var unknown = await stack.Admin.GetAsync($"/api/v1/permissions/{Guid.NewGuid()}");
        await unknown.AssertErrorAsync(HttpStatusCode.NotFound, "user not found");
    }

    [Fact]
    public async Task The_callers_token_of_a_job_tells_what_the_caller_may_do()
    {
        var app = await stack.Admin.DeployedAsync("""
            serve({
              onJob: async (payload, caller) => {
                const answer = await fetch(`${process.env.ROOTCX_RUNTIME_URL}/api/v1/permissions`, { headers: { Authorization: `Bearer ${caller.authToken}` } });
                return (await answer.json()).permissions;
              },
            });
            """);
        var user = await stack.Anonymous().RegisteredAsync();
        await stack.GrantAsync(user, "app:x:y");
        Assert.Equal("""["app:x:y"]""", (await app.JobBecomesAsync(await app.As(user).EnqueueAsync(), "completed"))["result"]!.ToJsonString());
    }

    private static async Task OkAsync(Task<HttpResponseMessage> sending, string message)
    {
        using var answer = await sending;
        Assert.Equal(message, (await answer.JsonAsync(HttpStatusCode.OK))["message"]!.GetValue<string>());
    }

    private static async Task<JsonNode> PermissionsAsync(ApiClient client) => await (await client.GetAsync("/api/v1/permissions")).JsonAsync(HttpStatusCode.OK);

    private async Task<string> RoleMadeAsync()
    {
        var name = App.NewId();
        await OkAsync(PostAsync("roles", new JsonObject { ["name"] = name }), $"role '{name}' created");
        return name;
    }

    private async Task<JsonNode?> RoleAsync(string name) =>
        (await (await stack.User.GetAsync("/api/v1/roles")).JsonAsync(HttpStatusCode.OK)).AsArray().SingleOrDefault(role => role!["name"]!.GetValue<string>() == name);

    private Task<HttpResponseMessage> PostAsync(string path, JsonNode body) => stack.Admin.PostAsync($"/api/v1/{path}", body);

    private Task<HttpResponseMessage> PatchAsync(string name, JsonNode body) =>
        stack.Admin.SendAsync(new HttpRequestMessage(HttpMethod.Patch, $"/api/v1/roles/{name}") { Content = JsonContent.Create(body) });

    private Task<HttpResponseMessage> DeleteAsync(string name) => stack.Admin.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/api/v1/roles/{name}"));

    private Task<HttpResponseMessage> AssignAsync(ApiClient user, string role) =>
        PostAsync("roles/assign", new JsonObject { ["userId"] = user.User!["id"]!.GetValue<string>(), ["role"] = role });

    private Task<HttpResponseMessage> RevokeAsync(ApiClient user, string role) =>
        PostAsync("roles/revoke", new JsonObject { ["userId"] = user.User!["id"]!.GetValue<string>(), ["role"] = role });
}
