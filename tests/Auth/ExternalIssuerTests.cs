using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Dapper;
using Microsoft.IdentityModel.Tokens;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Auth;

public sealed class ExternalIssuerTests(ExternalIssuerStack external) : IClassFixture<ExternalIssuerStack>
{
    private const string Me = "/api/v1/auth/me";

    [Theory]
    [InlineData(SecurityAlgorithms.RsaSha256)]
    [InlineData(SecurityAlgorithms.RsaSha512)]
    [InlineData(SecurityAlgorithms.RsaSsaPssSha256)]
    [InlineData(SecurityAlgorithms.EcdsaSha256)]
    [InlineData(SecurityAlgorithms.EcdsaSha384)]
    public async Task A_token_of_a_configured_issuer_is_accepted_and_makes_an_account(string algorithm)
    {
        var claims = external.Main.Claims();

        var user = await UserOf(external.Main.Sign(claims, algorithm));
        Assert.Equal(["id", "email", "displayName", "createdAt"], user.AsObject().Select(property => property.Key));
        Assert.Equal(claims["email"]!.GetValue<string>(), user["email"]!.GetValue<string>());
        Assert.Equal(claims["name"]!.GetValue<string>(), user["displayName"]!.GetValue<string>());

        claims["aud"] = new JsonArray("somebody else", $"{TestIssuer.Audience}/too");
        Assert.True(JsonNode.DeepEquals(user, await UserOf(external.Main.Sign(claims, algorithm))));
    }

    [Fact]
    public async Task Claims_may_have_other_names()
    {
        var claims = external.Strict.Claims();
        claims["oid"] = $"{Guid.NewGuid():n}";
        claims["preferred_username"] = $" {Guid.NewGuid():n}@Strict.example ";
        claims["nickname"] = "Ada";
        claims["groups"] = "staff"; // one value instead of a list

        var user = await UserOf(external.Strict.Sign(claims));
        Assert.Equal(claims["preferred_username"]!.GetValue<string>().Trim(), user["email"]!.GetValue<string>());
        Assert.Equal("Ada", user["displayName"]!.GetValue<string>());

        claims["sub"] = "another subject, which is not looked at";
        Assert.Equal(Id(user), Id(await UserOf(external.Strict.Sign(claims))));
    }

    [Theory]
    [InlineData("aud", "\"somebody else\"")]
    [InlineData("aud", "null")]
    [InlineData("iss", "\"https://issuer.example\"")]
    [InlineData("iss", "\"rootcx\"")]
    [InlineData("iss", "7")]
    [InlineData("exp", "-40")]
    [InlineData("exp", "null")]
    [InlineData("nbf", "40")]
    public async Task A_token_with_a_wrong_claim_is_refused(string claim, string json)
    {
        var claims = external.Main.Claims();
        claims[claim] = json == "null" ? null : claim is "exp" or "nbf" ? Seconds(int.Parse(json)) : JsonNode.Parse(json);
        if (json == "null")
        {
            claims.Remove(claim);
        }

        await AssertInvalidAsync(external.Main.Sign(claims));
    }

    [Fact]
    public async Task Clocks_may_differ_by_half_a_minute()
    {
        var claims = external.Main.Claims();
        claims["exp"] = Seconds(-20);
        claims["nbf"] = Seconds(-60);
        await UserOf(external.Main.Sign(claims));

        claims["exp"] = Seconds(60);
        claims["nbf"] = Seconds(20);
        await UserOf(external.Main.Sign(claims));
    }

    [Fact]
    public async Task A_signature_that_is_not_the_issuers_is_refused()
    {
        var issuer = external.Main;
        var claims = issuer.Claims();
        using var rsa = RSA.Create(2048);
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var kid = issuer.KeyId(SecurityAlgorithms.RsaSha256);
        var token = issuer.Sign(claims);
        var rest = token[..token.LastIndexOf('.')];

        await AssertInvalidAsync(issuer.Sign(claims, credentials: null)); // alg: none
        await AssertInvalidAsync($"{rest}.");
        await AssertInvalidAsync($"{rest}.{Base64UrlEncoder.Encode(new byte[256])}");
        await AssertInvalidAsync(issuer.Sign(claims, new SigningCredentials(new RsaSecurityKey(rsa) { KeyId = kid }, SecurityAlgorithms.RsaSha256)));
        await AssertInvalidAsync(issuer.Sign(claims, new SigningCredentials(new ECDsaSecurityKey(ec) { KeyId = kid }, SecurityAlgorithms.EcdsaSha256)));
        await AssertInvalidAsync(issuer.Sign(claims, new SigningCredentials(new RsaSecurityKey(rsa) { KeyId = "unknown" }, SecurityAlgorithms.RsaSha256)));
        await AssertInvalidAsync(external.Rolling.Sign(claims)); // another issuer's key
        foreach (var secret in (byte[][])[Encoding.UTF8.GetBytes(issuer.PublicKeyPem), PublicKeyBytes(issuer)])
        {
            await AssertInvalidAsync(issuer.Sign(claims, new SigningCredentials(new SymmetricSecurityKey(secret) { KeyId = kid }, SecurityAlgorithms.HmacSha256)));
        }

        await UserOf(token);
    }

    [Fact]
    public async Task The_platform_and_an_issuer_cannot_speak_for_each_other()
    {
        var secrets = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(external.DataFolder, "secrets.json"), TestContext.Current.CancellationToken))!;
        var own = new SigningCredentials(
            new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secrets["jwtSecret"]!.GetValue<string>())), SecurityAlgorithms.HmacSha256);
        var claims = external.Main.Claims(subject: external.Admin.User!["id"]!.GetValue<string>());

        await AssertInvalidAsync(external.Main.Sign(claims, own));

        claims["iss"] = "rootcx";
        claims["aud"] = "rootcx-core";
        await AssertInvalidAsync(external.Main.Sign(claims));
        Assert.Equal(Id(external.Admin.User), Id(await UserOf(external.Main.Sign(claims, own)))); // only so is it one of the platform's

        claims = external.Lying.Claims();
        await AssertUnreachableAsync(external.Lying.Sign(claims), "lying");
        claims["iss"] = external.Main.Authority;
        await AssertInvalidAsync(external.Lying.Sign(claims));
    }

    [Theory]
    [InlineData("sub", "\"\"", HttpStatusCode.Unauthorized, "invalid token subject")]
    [InlineData("sub", "null", HttpStatusCode.Unauthorized, "invalid token subject")]
    [InlineData("sub", "\"a\\u0000b\"", HttpStatusCode.Unauthorized, "invalid token subject")]
    [InlineData("email", "null", HttpStatusCode.Forbidden, "the token of main has no claim 'email', and an account needs an e-mail: have it added to the tokens")]
    [InlineData("email", "\"nobody\"", HttpStatusCode.Forbidden, "the claim 'email' of main: email 'nobody' is not an e-mail address: expected name@host, at most 254 characters")]
    [InlineData("email_verified", "false", HttpStatusCode.Forbidden, "main says that the e-mail 'x@issuer.example' is not verified: verify it there")]
    public async Task Claims_that_make_no_account_are_refused_and_said(string claim, string json, HttpStatusCode status, string error)
    {
        var claims = external.Main.Claims("x");
        claims[claim] = JsonNode.Parse(json);
        if (json == "null")
        {
            claims.Remove(claim);
        }

        using var response = await external.With(external.Main.Sign(claims)).GetAsync(Me);
        await response.AssertErrorAsync(status, error);
    }

    [Fact]
    public async Task A_name_that_cannot_be_one_is_left_out()
    {
        var claims = external.Main.Claims();
        claims["name"] = new string('x', 201);
        Assert.Null((await UserOf(external.Main.Sign(claims)))["displayName"]);
    }

    [Fact]
    public async Task Keys_are_rolled_over_without_a_restart()
    {
        var claims = external.Rolling.Claims();
        var before = external.Rolling.Sign(claims);
        var user = await UserOf(before);
        Assert.Equal(1, external.Rolling.Visits);

        external.Rolling.RollOver();
        Assert.True(JsonNode.DeepEquals(user, await UserOf(external.Rolling.Sign(claims))));
        await AssertInvalidAsync(before);
        Assert.Equal(2, external.Rolling.Visits);

        // Whoever makes keys up does not make the platform ask for them again and again.
        external.Rolling.RollOver();
        await AssertInvalidAsync(external.Rolling.Sign(claims));
        Assert.Equal(2, external.Rolling.Visits);
    }

    [Fact]
    public async Task An_issuer_that_is_away_only_keeps_those_out_whose_keys_are_not_known()
    {
        var claims = external.Late.Claims();
        var token = external.Late.Sign(claims);
        await AssertUnreachableAsync(token, "late");
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => AssertUnreachableAsync(token, "late")));
        using (var own = await external.Admin.GetAsync("/api/v1/workers"))
        {
            Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        }

        external.Late.IsDown = false;
        await Eventually.TrueAsync(
            async () =>
            {
                using var response = await external.With(token).GetAsync(Me);
                return response.StatusCode == HttpStatusCode.OK;
            },
            "the issuer's return was not noticed");

        external.Late.IsDown = true;
        await UserOf(token);
        await UserOf(external.Late.Sign(external.Late.Claims()));
        external.Late.RollOver();
        await AssertInvalidAsync(external.Late.Sign(claims));
        await UserOf(token);
    }

    [Fact]
    public async Task Roles_follow_the_claims_and_those_given_by_people_stay()
    {
        var issuer = external.Main;
        var claims = issuer.Claims(subject: null, "tools_reader", "unrelated");
        var id = Id(await UserOf(issuer.Sign(claims)));
        Assert.Equal(["reader main"], await RolesOf(id));
        await AssertNoAdminAsync(issuer.Sign(claims));

        await using (var connection = await external.Database.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await connection.ExecuteAsync("insert into rbac_assignments (user_id, role) values (@id, 'by_hand')", new { id });
        }

        claims["roles"] = new JsonArray("tools_admin", "tools_reader");
        using (var workers = await external.With(issuer.Sign(claims)).GetAsync("/api/v1/workers"))
        {
            Assert.Equal(HttpStatusCode.OK, workers.StatusCode);
        }

        Assert.Equal(["admin main", "by_hand ", "reader main"], await RolesOf(id));

        claims["roles"] = new JsonArray("tools_ghost");
        await AssertNoAdminAsync(issuer.Sign(claims));
        Assert.Equal(["by_hand "], await RolesOf(id));

        claims["roles"] = new JsonArray("tools_admin");
        await UserOf(issuer.Sign(claims));
        claims.Remove("roles");
        await AssertNoAdminAsync(issuer.Sign(claims));
        Assert.Equal(["by_hand "], await RolesOf(id));
    }

    [Fact]
    public async Task An_older_token_does_not_bring_back_what_was_taken_away()
    {
        var claims = external.Main.Claims(subject: null, "tools_admin");
        claims["iat"] = Seconds(-10);
        claims["nbf"] = Seconds(-10);
        var older = external.Main.Sign(claims);
        await UserOf(older);

        claims["iat"] = Seconds(-5);
        claims["roles"] = new JsonArray();
        claims["name"] = "New Name";
        await AssertNoAdminAsync(external.Main.Sign(claims));
        await AssertNoAdminAsync(older);
        Assert.Equal("New Name", (await UserOf(older))["displayName"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_role_assigned_by_a_person_is_not_taken_over()
    {
        var claims = external.Main.Claims();
        var id = Id(await UserOf(external.Main.Sign(claims)));
        await using var connection = await external.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync("insert into rbac_assignments (user_id, role) values (@id, 'reader')", new { id });

        claims["roles"] = new JsonArray("tools_reader");
        await UserOf(external.Main.Sign(claims));
        claims["roles"] = new JsonArray();
        await UserOf(external.Main.Sign(claims));
        Assert.Equal(["reader "], await RolesOf(id));
    }

    [Fact]
    public async Task Where_a_role_is_required_nobody_comes_in_without_one()
    {
        var claims = external.Strict.Claims();
        claims["oid"] = $"{Guid.NewGuid():n}";
        claims["preferred_username"] = $"{Guid.NewGuid():n}@strict.example";
        claims["groups"] = new JsonArray("guests");

        using var response = await external.With(external.Strict.Sign(claims)).GetAsync(Me);
        await response.AssertErrorAsync(HttpStatusCode.Forbidden, "strict gives you no role on this platform: ask an administrator to assign you one there");

        await using var connection = await external.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        Assert.False(await connection.ExecuteScalarAsync<bool>(
            "select exists (select from users where email = @email)", new { email = claims["preferred_username"]!.GetValue<string>() }));
    }

    [Fact]
    public async Task Whoever_loses_the_last_required_role_is_shut_out_and_keeps_none()
    {
        var claims = external.Strict.Claims();
        claims["oid"] = $"{Guid.NewGuid():n}";
        claims["preferred_username"] = $"{Guid.NewGuid():n}@strict.example";
        claims["groups"] = new JsonArray("staff");
        var id = Id(await UserOf(external.Strict.Sign(claims)));
        Assert.NotEmpty(await RolesOf(id));

        claims["groups"] = new JsonArray();
        using var response = await external.With(external.Strict.Sign(claims)).GetAsync(Me);
        await response.AssertErrorContainsAsync(HttpStatusCode.Forbidden, "strict gives you no role on this platform");
        Assert.Empty(await RolesOf(id));
    }

    [Fact]
    public async Task The_email_of_another_account_does_not_open_that_account()
    {
        var registered = await external.With(null).RegisteredAsync();
        var claims = external.Main.Claims(subject: null, "tools_admin");
        claims["email"] = registered.User!["email"]!.GetValue<string>().ToUpperInvariant();

        using var response = await external.With(external.Main.Sign(claims)).GetAsync(Me);
        await response.AssertErrorContainsAsync(HttpStatusCode.Forbidden, "belongs to another account of this platform");
        Assert.Empty(await RolesOf(Id(registered.User)));

        // The same subject of another issuer is somebody else, too.
        claims = external.Main.Claims();
        await UserOf(external.Main.Sign(claims));
        claims["iss"] = external.Strict.Authority;
        claims["oid"] = claims["sub"]!.GetValue<string>();
        claims["preferred_username"] = claims["email"]!.GetValue<string>();
        claims["groups"] = new JsonArray("staff");
        using var other = await external.With(external.Strict.Sign(claims)).GetAsync(Me);
        await other.AssertErrorContainsAsync(HttpStatusCode.Forbidden, "belongs to another account of this platform");
    }

    [Fact]
    public async Task Email_and_name_follow_the_issuer_unless_the_email_is_taken()
    {
        var taken = (await external.With(null).RegisteredAsync()).User!["email"]!.GetValue<string>();
        var claims = external.Main.Claims();
        var user = await UserOf(external.Main.Sign(claims));

        claims["email"] = $"{Guid.NewGuid():n}@new.example";
        claims["name"] = "Married Name";
        var changed = await UserOf(external.Main.Sign(claims));
        Assert.Equal(Id(user), Id(changed));
        Assert.Equal(claims["email"]!.GetValue<string>(), changed["email"]!.GetValue<string>());
        Assert.Equal("Married Name", changed["displayName"]!.GetValue<string>());

        claims["email"] = taken;
        claims["name"] = "Third Name";
        var kept = await UserOf(external.Main.Sign(claims));
        Assert.Equal(Id(user), Id(kept));
        Assert.Equal(changed["email"]!.GetValue<string>(), kept["email"]!.GetValue<string>());
        Assert.Equal("Third Name", kept["displayName"]!.GetValue<string>());
    }

    [Fact]
    public async Task Many_first_requests_at_once_make_one_account()
    {
        var claims = external.Main.Claims(subject: null, "tools_reader");
        var token = external.Main.Sign(claims);

        var users = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => UserOf(token)));
        var id = Assert.Single(users.Select(Id).Distinct());
        Assert.Equal(["reader main"], await RolesOf(id));
    }

    [Fact]
    public async Task A_handler_sees_who_calls_and_may_use_the_token()
    {
        var app = await external.Admin.DeployedAsync("""
            serve({
              whoami: async (_, caller) => {
                const res = await fetch(`${process.env.ROOTCX_RUNTIME_URL}/api/v1/auth/me`, { headers: { Authorization: `Bearer ${caller.authToken}` } });
                return { caller, me: await res.json() };
              },
            });
            """);
        var token = external.Main.Sign(external.Main.Claims());
        var user = await UserOf(token);

        var answer = (await app.As(external.With(token)).RpcAsync("whoami"))!;
        Assert.Equal(["userId", "email", "authToken"], answer["caller"]!.AsObject().Select(property => property.Key));
        Assert.Equal(Id(user), answer["caller"]!["userId"]!.GetValue<Guid>());
        Assert.Equal(user["email"]!.GetValue<string>(), answer["caller"]!["email"]!.GetValue<string>());
        Assert.Equal(token, answer["caller"]!["authToken"]!.GetValue<string>());
        Assert.True(JsonNode.DeepEquals(user, answer["me"]));
    }

    [Fact]
    public async Task Who_has_an_external_account_cannot_sign_in_with_a_password()
    {
        var user = await UserOf(external.Main.Sign(external.Main.Claims()));
        using var response = await external.With(null).PostAsync(
            "/api/v1/auth/login", new JsonObject { ["email"] = user["email"]!.GetValue<string>(), ["password"] = "" });
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);

        var mode = await (await external.With(null).GetAsync("/api/v1/auth/mode")).JsonAsync(HttpStatusCode.OK);
        Assert.Empty(mode["providers"]!.AsArray());
    }

    private async Task<JsonNode> UserOf(string token)
    {
        using var response = await external.With(token).GetAsync(Me);
        return await response.JsonAsync(HttpStatusCode.OK);
    }

    private async Task AssertInvalidAsync(string token)
    {
        using var response = await external.With(token).GetAsync(Me);
        await response.AssertErrorAsync(HttpStatusCode.Unauthorized, "invalid token");
    }

    private async Task AssertUnreachableAsync(string token, string issuer)
    {
        using var response = await external.With(token).GetAsync(Me);
        await response.AssertErrorAsync(HttpStatusCode.ServiceUnavailable, $"identity provider not reachable: {issuer}");
    }

    private async Task AssertNoAdminAsync(string token)
    {
        using var response = await external.With(token).GetAsync("/api/v1/workers");
        await response.AssertErrorAsync(HttpStatusCode.Forbidden, "admin access required");
    }

    // Each with who assigned it.
    private async Task<IEnumerable<string>> RolesOf(Guid userId)
    {
        await using var connection = await external.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        return await connection.QueryAsync<string>(
            "select concat(role, ' ', source) from rbac_assignments where user_id = @userId order by role", new { userId });
    }

    private static Guid Id(JsonNode user) => user["id"]!.GetValue<Guid>();

    private static long Seconds(int fromNow) => DateTimeOffset.UtcNow.ToUnixTimeSeconds() + fromNow;

    private static byte[] PublicKeyBytes(TestIssuer issuer)
    {
        using var key = RSA.Create();
        key.ImportFromPem(issuer.PublicKeyPem);
        return key.ExportSubjectPublicKeyInfo();
    }
}
