using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Auth;

public sealed class SessionTests(PlatformStack stack)
{
    private const string Password = "correct horse";

    [Fact]
    public async Task A_refresh_hands_out_both_tokens_and_the_new_ones_work()
    {
        var (_, first) = await SignedInAsync();
        var second = await RefreshedAsync(first);
        Assert.Equal(["accessToken", "refreshToken", "expiresIn"], second.AsObject().Select(property => property.Key));
        Assert.Equal(900, second["expiresIn"]!.GetValue<int>());
        Assert.NotEqual(Text(first, "refreshToken"), Text(second, "refreshToken"));

        var third = await RefreshedAsync(second);
        using var me = await stack.Anonymous().With(Text(third, "accessToken")).GetAsync("/api/v1/auth/me");
        Assert.Equal(HttpStatusCode.OK, me.StatusCode);
        using var unchanged = await stack.Anonymous().With(Text(first, "accessToken")).GetAsync("/api/v1/auth/me");
        Assert.Equal(HttpStatusCode.OK, unchanged.StatusCode);
    }

    [Fact]
    public async Task Refreshes_side_by_side_all_succeed_and_each_goes_on()
    {
        var (_, first) = await SignedInAsync();
        var renewed = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RefreshedAsync(first)));
        foreach (var one in renewed)
        {
            await RefreshedAsync(one);
        }

        await RefreshedAsync(first); // within the grace
    }

    [Fact]
    public async Task A_refresh_token_that_comes_again_later_ends_the_session_for_everybody()
    {
        var (email, first) = await SignedInAsync();
        var second = await RefreshedAsync(first);
        await AgeAsync(email);

        await AssertRefusedAsync("refresh", Text(first, "refreshToken"), "session revoked or expired");
        await AssertRefusedAsync("refresh", Text(second, "refreshToken"), "session revoked or expired");
        var audited = await AuditAsync("auth.refresh_reused");
        Assert.Contains(audited, entry => entry!["actorEmail"]!.GetValue<string>() == email);
    }

    [Fact]
    public async Task Logging_out_ends_the_session_once_and_for_all()
    {
        var (_, session) = await SignedInAsync();
        for (var time = 0; time < 2; time++)
        {
            using var answer = await stack.Anonymous().PostAsync("/api/v1/auth/logout", new JsonObject { ["refreshToken"] = Text(session, "refreshToken") });
            Assert.Equal("""{"message":"logged out"}""", (await answer.JsonAsync(HttpStatusCode.OK)).ToJsonString());
        }

        await AssertRefusedAsync("refresh", Text(session, "refreshToken"), "session revoked or expired");
    }

    [Theory]
    [InlineData("refresh")]
    [InlineData("logout")]
    public async Task Only_refresh_tokens_refresh_and_log_out(string what)
    {
        await AssertRefusedAsync(what, "nonsense", "invalid refresh token");
        await AssertRefusedAsync(what, stack.User.Token!, "not a refresh token");
        using var missing = await stack.Anonymous().PostAsync($"/api/v1/auth/{what}", new JsonObject());
        await missing.AssertErrorAsync(HttpStatusCode.BadRequest, "missing 'refreshToken'");
    }

    [Fact]
    public async Task Users_see_their_sessions_and_end_any_of_them()
    {
        var (email, first) = await SignedInAsync();
        var second = await SignInAsync(email, Password);
        var client = stack.Anonymous().With(Text(second, "accessToken"));
        var sessions = await SessionsAsync(client);
        Assert.Equal(
            ["id", "createdAt", "lastUsedAt", "expiresAt", "address", "userAgent", "current"], sessions[0]!.AsObject().Select(property => property.Key));
        Assert.Equal([true, false], sessions.Select(session => session!["current"]!.GetValue<bool>()));
        Assert.Equal("127.0.0.1", sessions[0]!["address"]!.GetValue<string>());

        using (var foreign = await stack.User.SendAsync(Delete($"/api/v1/auth/sessions/{sessions[1]!["id"]}")))
        {
            await foreign.AssertErrorAsync(HttpStatusCode.NotFound, "session not found");
        }

        using var ended = await client.SendAsync(Delete($"/api/v1/auth/sessions/{sessions[1]!["id"]}"));
        Assert.Equal(HttpStatusCode.OK, ended.StatusCode);
        await AssertRefusedAsync("refresh", Text(first, "refreshToken"), "session revoked or expired");
        Assert.Single(await SessionsAsync(client));
    }

    [Fact]
    public async Task Logging_out_everywhere_voids_all_tokens_at_once()
    {
        var (email, first) = await SignedInAsync();
        var second = await SignInAsync(email, Password);
        using (var answer = await stack.Anonymous().With(Text(second, "accessToken")).PostAsync("/api/v1/auth/logout-everywhere"))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        foreach (var session in new[] { first, second })
        {
            await AssertRefusedAsync("refresh", Text(session, "refreshToken"), "session revoked or expired");
            using var me = await stack.Anonymous().With(Text(session, "accessToken")).GetAsync("/api/v1/auth/me");
            await me.AssertErrorAsync(HttpStatusCode.Unauthorized, "session revoked or expired");
        }

        var third = await SignInAsync(email, Password);
        Assert.Single(await SessionsAsync(stack.Anonymous().With(Text(third, "accessToken"))));
    }

    [Fact]
    public async Task A_changed_password_ends_other_sessions_and_keeps_the_present_one()
    {
        var (email, first) = await SignedInAsync();
        var present = await SignInAsync(email, Password);
        var client = stack.Anonymous().With(Text(present, "accessToken"));
        using (var wrong = await ChangeAsync(client, "wrong", "new password"))
        {
            await wrong.AssertErrorAsync(HttpStatusCode.BadRequest, "the current password is wrong");
        }

        using (var weak = await ChangeAsync(client, Password, "short"))
        {
            await weak.AssertErrorAsync(HttpStatusCode.BadRequest, "password must be at least 6 characters");
        }

        using (var changed = await ChangeAsync(client, Password, "new password"))
        {
            Assert.Equal("""{"message":"password changed"}""", (await changed.JsonAsync(HttpStatusCode.OK)).ToJsonString());
        }

        await AssertRefusedAsync("refresh", Text(first, "refreshToken"), "session revoked or expired");
        using (var me = await client.GetAsync("/api/v1/auth/me"))
        {
            await me.AssertErrorAsync(HttpStatusCode.Unauthorized, "session revoked or expired");
        }

        var renewed = await RefreshedAsync(present);
        using var again = await stack.Anonymous().With(Text(renewed, "accessToken")).GetAsync("/api/v1/auth/me");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        using var old = await stack.Anonymous().PostAsync("/api/v1/auth/login", new JsonObject { ["email"] = email, ["password"] = Password });
        await old.AssertErrorAsync(HttpStatusCode.Unauthorized, "invalid credentials");
        await SignInAsync(email, "new password");
    }

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    private static HttpRequestMessage Delete(string path) => new(HttpMethod.Delete, path);

    private static Task<HttpResponseMessage> ChangeAsync(ApiClient client, string present, string password) =>
        client.PostAsync("/api/v1/auth/password", new JsonObject { ["currentPassword"] = present, ["newPassword"] = password });

    private static async Task<JsonArray> SessionsAsync(ApiClient client) =>
        (await (await client.GetAsync("/api/v1/auth/sessions")).JsonAsync(HttpStatusCode.OK)).AsArray();

    private async Task<JsonArray> AuditAsync(string action) =>
        (await (await stack.Admin.GetAsync($"/api/v1/audit/platform?action={action}&limit=1000")).JsonAsync(HttpStatusCode.OK)).AsArray();

    private async Task<(string Email, JsonNode Session)> SignedInAsync()
    {
        var email = $"{Guid.NewGuid():n}@example.com";
        using var registered = await stack.Anonymous().PostAsync("/api/v1/auth/register", new JsonObject { ["email"] = email, ["password"] = Password });
        Assert.Equal(HttpStatusCode.Created, registered.StatusCode);
        return (email, await SignInAsync(email, Password));
    }

    private async Task<JsonNode> SignInAsync(string email, string password) =>
        await (await stack.Anonymous().PostAsync("/api/v1/auth/login", new JsonObject { ["email"] = email, ["password"] = password })).JsonAsync(HttpStatusCode.OK);

    private async Task<JsonNode> RefreshedAsync(JsonNode session) =>
        await (await stack.Anonymous().PostAsync("/api/v1/auth/refresh", new JsonObject { ["refreshToken"] = Text(session, "refreshToken") })).JsonAsync(HttpStatusCode.OK);

    private async Task AssertRefusedAsync(string what, string refreshToken, string error)
    {
        using var answer = await stack.Anonymous().PostAsync($"/api/v1/auth/{what}", new JsonObject { ["refreshToken"] = refreshToken });
        await answer.AssertErrorAsync(HttpStatusCode.Unauthorized, error);
    }

    // As if the tokens had been replaced a minute ago.
    private async Task AgeAsync(string email)
    {
        await using var database = NpgsqlDataSource.Create($"{stack.Own.Description.Postgres};Search Path=rootcx_system");
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, await connection.ExecuteAsync(
            """
            update refresh_tokens set replaced_at = replaced_at - interval '1 minute'
            from sessions join users on users.id = user_id where session_id = sessions.id and email = @email and replaced_at is not null
            """,
            new { email }));
    }
}
