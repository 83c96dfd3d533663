using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Auth;

public sealed class BearerTokenTests(PlatformStack stack)
{
    [Theory]
    [InlineData(null, "missing or invalid authorization header")]
    [InlineData("Basic YTpi", "missing or invalid authorization header")]
    [InlineData("bearer lower-case", "missing or invalid authorization header")]
    [InlineData("Bearer not-a-token", "invalid token")]
    [InlineData("Bearer e30.e30.e30", "invalid token")]
    public async Task A_request_without_a_good_token_is_refused_and_told_why(string? header, string error)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/auth/me");
        if (header is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", header);
        }

        using var response = await stack.Anonymous().SendAsync(request);
        await response.AssertErrorAsync(HttpStatusCode.Unauthorized, error);
    }

    [Fact]
    public async Task A_token_that_was_changed_is_refused()
    {
        var parts = stack.User.Token!.Split('.');
        var claims = JsonNode.Parse(Convert.FromBase64String(Pad(parts[1])))!;
        claims["sub"] = stack.Admin.User!["id"]!.GetValue<string>();
        var forged = $"{parts[0]}.{Base64Url(claims.ToJsonString())}.{parts[2]}";

        using var response = await stack.Anonymous().With(forged).GetAsync("/api/v1/auth/me");
        await response.AssertErrorAsync(HttpStatusCode.Unauthorized, "invalid token");
    }

    [Fact]
    public async Task A_token_without_a_signature_is_refused()
    {
        var claims = stack.User.Token!.Split('.')[1];
        var unsigned = $"{Base64Url("""{"alg":"none","typ":"JWT"}""")}.{claims}.";

        using var response = await stack.Anonymous().With(unsigned).GetAsync("/api/v1/auth/me");
        await response.AssertErrorAsync(HttpStatusCode.Unauthorized, "invalid token");
    }

    [Fact]
    public async Task A_refresh_token_is_no_access_token()
    {
        var email = $"{Guid.NewGuid():n}@example.com";
        var credentials = new JsonObject { ["email"] = email, ["password"] = "s3cret!" };
        await stack.Anonymous().PostAsync("/api/v1/auth/register", credentials.DeepClone());
        var signedIn = await (await stack.Anonymous().PostAsync("/api/v1/auth/login", credentials)).JsonAsync(HttpStatusCode.OK);

        using var response = await stack.Anonymous().With(signedIn["refreshToken"]!.GetValue<string>()).GetAsync("/api/v1/auth/me");
        await response.AssertErrorAsync(HttpStatusCode.Unauthorized, "invalid token type");
    }

    // Signed with the platform's own key, each with one thing wrong.
    [Theory]
    [InlineData("rootcx", "rootcx-core", 0, "HS256", null, null)]
    [InlineData("rootcx", "rootcx-core", 0, "HS256", "k", "invalid token")]
    [InlineData("someone", "rootcx-core", 0, "HS256", null, "invalid token")]
    [InlineData("rootcx", "someone", 0, "HS256", null, "invalid token")]
    [InlineData("rootcx", "rootcx-core", -3600, "HS256", null, "invalid token")]
    [InlineData("rootcx", "rootcx-core", 3600, "HS256", null, "invalid token")]
    [InlineData("rootcx", "rootcx-core", 0, "HS512", null, "invalid token")]
    public async Task Of_a_token_everything_has_to_be_right(string issuer, string audience, int shiftSeconds, string algorithm, string? otherKey, string? error)
    {
        var secrets = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(stack.Own.DataFolder, "secrets.json"), TestContext.Current.CancellationToken))!;
        var key = Encoding.UTF8.GetBytes(secrets["jwtSecret"]!.GetValue<string>() + otherKey);
        var now = DateTime.UtcNow.AddSeconds(shiftSeconds);
        var token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now.AddMinutes(15),
            Claims = new Dictionary<string, object> { ["sub"] = stack.User.User!["id"]!.GetValue<string>(), ["email"] = "whoever@example.com" },
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey([.. key, .. new byte[algorithm == "HS512" ? 64 : 0]]), algorithm),
        });

        using var response = await stack.Anonymous().With(token).GetAsync("/api/v1/auth/me");
        if (error is null)
        {
            Assert.Equal(stack.User.User!.ToJsonString(), (await response.JsonAsync(HttpStatusCode.OK)).ToJsonString());
        }
        else
        {
            await response.AssertErrorAsync(HttpStatusCode.Unauthorized, error);
        }
    }

    [Fact]
    public async Task The_token_of_one_apps_worker_is_good_for_nothing_in_another_app()
    {
        var one = await stack.Admin.DeployedAsync("""
            serve({
              reach: async ({ app }) => {
                const answer = await fetch(`${process.env.ROOTCX_RUNTIME_URL}/api/v1/apps/${app}/jobs`);
                return { status: answer.status, ...(await answer.json()) };
              },
            });
            """);
        var other = await stack.Admin.DeployedAsync("serve({});");
        var reached = (await one.RpcAsync("reach", new JsonObject { ["app"] = other.Id }))!;
        Assert.Equal(
            (403, $"the worker of app '{one.Id}' may do nothing in app '{other.Id}'"), (reached["status"]!.GetValue<int>(), reached["error"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("GET", "/api/v1/status")]
    [InlineData("GET", "/api/v1/workers")]
    [InlineData("POST", "/api/v1/apps/some_app/deploy")]
    [InlineData("POST", "/api/v1/apps/some_app/rpc")]
    [InlineData("POST", "/api/v1/apps/some_app/worker/start")]
    [InlineData("POST", "/api/v1/apps/some_app/worker/stop")]
    [InlineData("GET", "/api/v1/apps/some_app/worker/status")]
    [InlineData("GET", "/api/v1/apps/some_app/logs")]
    public async Task Nothing_of_an_app_is_open_to_the_public(string method, string path)
    {
        using var response = await stack.Anonymous().SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        await response.AssertErrorAsync(HttpStatusCode.Unauthorized, "missing or invalid authorization header");
    }

    [Theory]
    [InlineData("POST", "/api/v1/apps/some_app/deploy", "permission denied: app:some_app:*")]
    [InlineData("POST", "/api/v1/apps/some_app/worker/start", "permission denied: app:some_app:*")]
    [InlineData("POST", "/api/v1/apps/some_app/worker/stop", "permission denied: app:some_app:*")]
    [InlineData("GET", "/api/v1/workers", "admin access required")]
    public async Task What_changes_an_app_needs_a_permission(string method, string path, string error)
    {
        using var response = await stack.User.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        await response.AssertErrorAsync(HttpStatusCode.Forbidden, error);
    }

    private static string Base64Url(string text) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static string Pad(string base64Url) =>
        base64Url.Replace('-', '+').Replace('_', '/') + new string('=', (4 - (base64Url.Length % 4)) % 4);
}
