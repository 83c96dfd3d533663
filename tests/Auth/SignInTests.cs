using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Auth;

public sealed class SignInTests(PlatformStack stack)
{
    [Fact]
    public async Task A_registered_user_signs_in_and_is_known_by_the_token()
    {
        var email = $"Ada.{Guid.NewGuid():n}@Example.com";
        var anonymous = stack.Anonymous();

        var registered = await (await anonymous.PostAsync(
            "/api/v1/auth/register", new JsonObject { ["email"] = $" {email} ", ["password"] = "s3cret!", ["display_name"] = "Ada" })).JsonAsync(HttpStatusCode.Created);
        var user = registered["user"]!.AsObject();
        Assert.Equal(["id", "email", "displayName", "createdAt"], user.Select(property => property.Key));
        Assert.Equal(email, user["email"]!.GetValue<string>());
        Assert.Equal("Ada", user["displayName"]!.GetValue<string>());

        var signedIn = await (await anonymous.PostAsync(
            "/api/v1/auth/login", new JsonObject { ["email"] = email.ToLowerInvariant(), ["password"] = "s3cret!" })).JsonAsync(HttpStatusCode.OK);
        Assert.Equal(["accessToken", "refreshToken", "expiresIn", "user"], signedIn.AsObject().Select(property => property.Key));
        Assert.Equal(900, signedIn["expiresIn"]!.GetValue<int>());
        Assert.True(JsonNode.DeepEquals(user, signedIn["user"]));

        var me = await (await anonymous.With(signedIn["accessToken"]!.GetValue<string>()).GetAsync("/api/v1/auth/me")).JsonAsync(HttpStatusCode.OK);
        Assert.True(JsonNode.DeepEquals(user, me));
    }

    [Fact]
    public async Task The_display_name_is_taken_in_both_spellings()
    {
        var registered = await (await stack.Anonymous().PostAsync(
            "/api/v1/auth/register",
            new JsonObject { ["email"] = $"{Guid.NewGuid():n}@example.com", ["password"] = "s3cret!", ["displayName"] = "Grace" })).JsonAsync(HttpStatusCode.Created);
        Assert.Equal("Grace", registered["user"]!["displayName"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""{"email":"","password":"s3cret!"}""", "email required")]
    [InlineData("""{"email":"nobody","password":"s3cret!"}""", "email 'nobody' is not an e-mail address: expected name@host, at most 254 characters")]
    [InlineData("""{"email":"a@b@c","password":"s3cret!"}""", "email 'a@b@c' is not an e-mail address: expected name@host, at most 254 characters")]
    [InlineData("""{"email":"x@example.com","password":"short"}""", "password must be at least 6 characters")]
    [InlineData("""{"email":"x@example.com"}""", "missing 'password'")]
    [InlineData("""{"password":"s3cret!"}""", "missing 'email'")]
    [InlineData("""{"email":7,"password":"s3cret!"}""", "'email' must be a string of Unicode text without NUL")]
    [InlineData("""{"email":"x\u0000@example.com","password":"s3cret!"}""", "'email' must be a string of Unicode text without NUL")]
    [InlineData("""{"email":"\ud800@example.com","password":"s3cret!"}""", "'email' must be a string of Unicode text without NUL")]
    [InlineData("""["x@example.com"]""", "body must be a JSON object")]
    public async Task Registration_refuses_what_it_cannot_take(string body, string error)
    {
        using var content = new StringContent(body, new MediaTypeHeaderValue("application/json"));
        using var response = await stack.Anonymous().PostAsync("/api/v1/auth/register", content);
        await response.AssertErrorAsync(HttpStatusCode.BadRequest, error);
    }

    [Fact]
    public async Task An_email_is_taken_whatever_its_case()
    {
        var email = $"{Guid.NewGuid():n}@example.com";
        using var first = await stack.Anonymous().PostAsync("/api/v1/auth/register", new JsonObject { ["email"] = email, ["password"] = "s3cret!" });
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);

        var again = email.ToUpperInvariant();
        using var second = await stack.Anonymous().PostAsync("/api/v1/auth/register", new JsonObject { ["email"] = again, ["password"] = "s3cret!" });
        await second.AssertErrorAsync(HttpStatusCode.BadRequest, $"email '{again}' already taken");
    }

    [Fact]
    public async Task Wrong_password_and_unknown_email_look_the_same()
    {
        var email = stack.User.User!["email"]!.GetValue<string>();
        using var wrong = await stack.Anonymous().PostAsync("/api/v1/auth/login", new JsonObject { ["email"] = email, ["password"] = "wrong one" });
        await wrong.AssertErrorAsync(HttpStatusCode.Unauthorized, "invalid credentials");
        using var unknown = await stack.Anonymous().PostAsync("/api/v1/auth/login", new JsonObject { ["email"] = $"no{email}", ["password"] = "wrong one" });
        await unknown.AssertErrorAsync(HttpStatusCode.Unauthorized, "invalid credentials");
    }

    [Fact]
    public async Task Mode_tells_clients_how_to_sign_in()
    {
        var mode = await (await stack.Anonymous().GetAsync("/api/v1/auth/mode")).JsonAsync(HttpStatusCode.OK);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""{"authRequired":true,"setupRequired":false,"passwordLoginEnabled":true,"magicLinkEnabled":false,"providers":[]}"""), mode));
    }
}
