using System.Net;
using System.Text.Json.Nodes;
using RootCx.Core.Audit;
using RootCx.Core.Auth;
using RootCx.Core.Errors;
using RootCx.Tests.Jobs;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Auth;

public sealed class UserTests(PlatformStack stack)
{
    [Fact]
    public async Task Everybody_sees_everybody_by_email()
    {
        var listed = (await (await stack.User.GetAsync("/api/v1/users")).JsonAsync(HttpStatusCode.OK)).AsArray();
        var emails = listed.Select(user => user!["email"]!.GetValue<string>().ToLowerInvariant()).ToList();
        Assert.Contains(stack.Admin.User!["email"]!.GetValue<string>(), emails);
        Assert.DoesNotContain("system@localhost", emails);
        Assert.All(listed, user => Assert.Equal(["id", "email", "displayName", "createdAt"], user!.AsObject().Select(property => property.Key).Where(key => key != "disabled")));

        var one = await (await stack.User.GetAsync($"/api/v1/users/{stack.Admin.User!["id"]}")).JsonAsync(HttpStatusCode.OK);
        Assert.True(JsonNode.DeepEquals(stack.Admin.User, one));
        using var unknown = await stack.User.GetAsync($"/api/v1/users/{Guid.NewGuid()}");
        await unknown.AssertErrorAsync(HttpStatusCode.NotFound, "user not found");
        using var system = await stack.User.GetAsync("/api/v1/users/00000000-0000-0000-0000-000000000001");
        await system.AssertErrorAsync(HttpStatusCode.NotFound, "user not found");
        using var noId = await stack.User.GetAsync("/api/v1/users/me");
        await noId.AssertErrorAsync(HttpStatusCode.BadRequest, "invalid UUID: 'me'");
    }

    [Fact]
    public async Task A_deleted_user_is_gone_and_so_are_the_tokens()
    {
        var user = await stack.Anonymous().RegisteredAsync();
        var id = user.User!["id"]!.GetValue<string>();
        using (var deleted = await stack.Admin.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/api/v1/users/{id}")))
        {
            Assert.Equal("""{"message":"user deleted"}""", (await deleted.JsonAsync(HttpStatusCode.OK)).ToJsonString());
        }

        using var me = await user.GetAsync("/api/v1/auth/me");
        await me.AssertErrorAsync(HttpStatusCode.Unauthorized, "user not found");
        using var again = await stack.Admin.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/api/v1/users/{id}"));
        await again.AssertErrorAsync(HttpStatusCode.NotFound, "user not found");
    }

    [Fact]
    public async Task A_disabled_user_can_do_nothing_until_enabled_again()
    {
        var user = await stack.Anonymous().RegisteredAsync();
        var (id, email) = (user.User!["id"]!.GetValue<string>(), user.User["email"]!.GetValue<string>());
        await ActAsync(id, "disable", "user disabled");

        using (var me = await user.GetAsync("/api/v1/auth/me"))
        {
            await me.AssertErrorAsync(HttpStatusCode.Unauthorized, "principal disabled");
        }

        using (var right = await SignInAsync(email, "correct horse"))
        {
            await right.AssertErrorAsync(HttpStatusCode.Unauthorized, "principal disabled");
        }

        using (var wrong = await SignInAsync(email, "something else"))
        {
            await wrong.AssertErrorAsync(HttpStatusCode.Unauthorized, "invalid credentials"); // says nothing about the account
        }

        var shown = await (await stack.Admin.GetAsync($"/api/v1/users/{id}")).JsonAsync(HttpStatusCode.OK);
        Assert.True(shown["disabled"]!.GetValue<bool>());

        await ActAsync(id, "enable", "user enabled");
        using (var old = await user.GetAsync("/api/v1/auth/me"))
        {
            await old.AssertErrorAsync(HttpStatusCode.Unauthorized, "session revoked or expired");
        }

        await stack.Anonymous().SignedInAsync(email, "correct horse");
    }

    [Fact]
    public async Task The_jobs_of_a_disabled_user_run_for_nobody()
    {
        var app = await stack.Admin.DeployedAsync("serve({ onJob: (payload, caller) => ({ caller: caller ?? null }) });");
        var user = await stack.Anonymous().RegisteredAsync();
        var id = await app.As(user).EnqueueAsync(options: ("delaySeconds", 2));
        await ActAsync(user.User!["id"]!.GetValue<string>(), "disable", "user disabled");
        Assert.Equal("""{"caller":null}""", (await app.JobBecomesAsync(id, "completed"))["result"]!.ToJsonString());
    }

    [Fact]
    public async Task Administrators_make_accounts_and_reset_passwords()
    {
        var email = $"{Guid.NewGuid():n}@example.com";
        using (var made = await stack.Admin.PostAsync("/api/v1/users", new JsonObject { ["email"] = email, ["password"] = "first one", ["displayName"] = "Ada" }))
        {
            Assert.Equal("Ada", (await made.JsonAsync(HttpStatusCode.Created))["user"]!["displayName"]!.GetValue<string>());
        }

        var user = await stack.Anonymous().SignedInAsync(email, "first one");
        using (var reset = await stack.Admin.PostAsync($"/api/v1/users/{user.User!["id"]}/password", new JsonObject { ["password"] = "second one" }))
        {
            Assert.Equal("""{"message":"password reset"}""", (await reset.JsonAsync(HttpStatusCode.OK)).ToJsonString());
        }

        using var me = await user.GetAsync("/api/v1/auth/me");
        await me.AssertErrorAsync(HttpStatusCode.Unauthorized, "session revoked or expired");
        await stack.Anonymous().SignedInAsync(email, "second one");
        using var taken = await stack.Admin.PostAsync("/api/v1/users", new JsonObject { ["email"] = email.ToUpperInvariant(), ["password"] = "first one" });
        await taken.AssertErrorAsync(HttpStatusCode.BadRequest, $"email '{email.ToUpperInvariant()}' already taken");
        using var weak = await stack.Admin.PostAsync($"/api/v1/users/{user.User["id"]}/password", new JsonObject { ["password"] = "short" });
        await weak.AssertErrorAsync(HttpStatusCode.BadRequest, "password must be at least 6 characters");
        using var unknown = await stack.Admin.PostAsync($"/api/v1/users/{Guid.NewGuid()}/password", new JsonObject { ["password"] = "long enough" });
        await unknown.AssertErrorAsync(HttpStatusCode.NotFound, "user not found");
    }

    [Fact]
    public async Task The_last_administrator_stays()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        var client = new ClientOrigin("127.0.0.1", null);
        var first = await empty.Accounts.RegisterAsync("a@example.com", "s3cret!", null, client, TestContext.Current.CancellationToken);
        var second = await empty.Accounts.RegisterAsync("b@example.com", "s3cret!", null, client, TestContext.Current.CancellationToken);
        var actor = new Actor(first.Id, first.Email, null);
        var roles = empty.Get<Roles>();

        await AssertRefusedAsync("cannot delete the last admin", () => empty.Accounts.DeleteAsync(actor, first.Id, TestContext.Current.CancellationToken));
        await AssertRefusedAsync("cannot disable the last admin", () => empty.Accounts.DisableAsync(actor, first.Id, TestContext.Current.CancellationToken));
        await AssertRefusedAsync("cannot revoke the last admin", () => roles.RevokeAsync(actor, first.Id, "admin", TestContext.Current.CancellationToken));

        await roles.AssignAsync(actor, second.Id, "admin", TestContext.Current.CancellationToken);
        await empty.Accounts.DisableAsync(actor, second.Id, TestContext.Current.CancellationToken);
        await AssertRefusedAsync("cannot delete the last admin", () => empty.Accounts.DeleteAsync(actor, first.Id, TestContext.Current.CancellationToken)); // the other one can't sign in
        await empty.Accounts.EnableAsync(actor, second.Id, TestContext.Current.CancellationToken);

        // Each of them removes the other one at the same moment.
        var outcomes = await Task.WhenAll(
            TryAsync(() => empty.Accounts.DeleteAsync(actor, first.Id, TestContext.Current.CancellationToken)),
            TryAsync(() => empty.Accounts.DeleteAsync(actor, second.Id, TestContext.Current.CancellationToken)));
        Assert.Single(outcomes, done => done);

        static async Task AssertRefusedAsync(string text, Func<Task> action) =>
            Assert.Equal(text, (await Assert.ThrowsAsync<RefusedException>(action)).Message);

        static async Task<bool> TryAsync(Func<Task> action)
        {
            try
            {
                await action();
                return true;
            }
            catch (RefusedException refused)
            {
                Assert.Equal("cannot delete the last admin", refused.Message);
                return false;
            }
        }
    }

    private Task<HttpResponseMessage> SignInAsync(string email, string password) =>
        stack.Anonymous().PostAsync("/api/v1/auth/login", new JsonObject { ["email"] = email, ["password"] = password });

    private async Task ActAsync(string id, string what, string message)
    {
        using var answer = await stack.Admin.PostAsync($"/api/v1/users/{id}/{what}");
        Assert.Equal($$"""{"message":"{{message}}"}""", (await answer.JsonAsync(HttpStatusCode.OK)).ToJsonString());
    }
}
