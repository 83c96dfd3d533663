using System.Net;
using Npgsql;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Secrets;

public sealed class AppSecretTests(PlatformStack stack)
{
    // Tells what it was given; the name of the secret is the parameter.
    private const string Teller = """
        let credentials;
        serve(
          { names: () => Object.keys(credentials).sort(), token: () => credentials.TOKEN ?? null, pid: () => String(process.pid) },
          { onStart: (config) => { credentials = config.credentials; } },
        );
        """;

    [Fact]
    public async Task A_secret_is_set_listed_by_name_overwritten_and_deleted_and_its_value_is_never_shown()
    {
        var app = await stack.Admin.DeployedAsync(Teller);
        using (var nothing = await stack.Admin.GetAsync(app.SecretsPath()))
        {
            Assert.Equal("[]", (await nothing.JsonAsync(HttpStatusCode.OK)).ToJsonString());
        }

        var set = await app.SetSecretAsync("TOKEN", "first value");
        Assert.Equal("""{"message":"secret 'TOKEN' set","workers_restarted":1}""", set.ToJsonString(Plain));
        await app.ReturnsAsync("token", "first value");
        await app.SetSecretAsync("api.key-2", "x");
        await app.SetSecretAsync("TOKEN", "second \"value\" – ✓ 🔑");
        await app.ReturnsAsync("token", "second \"value\" – ✓ 🔑");
        Assert.Equal(["TOKEN", "api.key-2"], await stack.Admin.SecretNamesAsync(app.SecretsPath()));

        using (var deleted = await stack.Admin.DeleteSecretAsync(app.SecretsPath(), "TOKEN"))
        {
            Assert.Equal("""{"message":"secret 'TOKEN' deleted","workers_restarted":1}""", (await deleted.JsonAsync(HttpStatusCode.OK)).ToJsonString(Plain));
        }

        await app.ReturnsAsync("token", null);
        Assert.Equal(["api.key-2"], await stack.Admin.SecretNamesAsync(app.SecretsPath()));
        using var again = await stack.Admin.DeleteSecretAsync(app.SecretsPath(), "TOKEN");
        await again.AssertErrorAsync(HttpStatusCode.NotFound, "secret 'TOKEN' not found");
    }

    [Fact]
    public async Task What_is_stored_is_not_the_value_and_the_platforms_own_names_are_neither_shown_nor_given_nor_deleted()
    {
        var app = await stack.Admin.DeployedAsync(Teller);
        await app.SetSecretAsync("TOKEN", "in plain sight");
        await using var database = NpgsqlDataSource.Create($"{stack.Own.Description.Postgres};Search Path=rootcx_system");
        await using var stored = database.CreateCommand("select name, position('plain'::bytea in ciphertext), length(nonce) from secrets where scope = $1 order by name");
        stored.Parameters.AddWithValue(app.Id);
        await using (var rows = await stored.ExecuteReaderAsync(TestContext.Current.CancellationToken))
        {
            Assert.True(await rows.ReadAsync(TestContext.Current.CancellationToken));
            Assert.Equal("ROOTCX_DATABASE_PASSWORD", rows.GetString(0));
            Assert.True(await rows.ReadAsync(TestContext.Current.CancellationToken));
            Assert.Equal(("TOKEN", 0, 12), (rows.GetString(0), rows.GetInt32(1), rows.GetInt32(2)));
        }

        Assert.Equal(["TOKEN"], await stack.Admin.SecretNamesAsync(app.SecretsPath()));
        await app.ReturnsAsync("token", "in plain sight");
        Assert.Equal("""["TOKEN"]""", (await app.RpcAsync("names"))!.ToJsonString());
        using var deleted = await stack.Admin.DeleteSecretAsync(app.SecretsPath(), "ROOTCX_DATABASE_PASSWORD");
        await deleted.AssertErrorAsync(HttpStatusCode.NotFound, "secret 'ROOTCX_DATABASE_PASSWORD' not found");
    }

    [Theory]
    [InlineData("""{"value":"x"}""", 400, "missing 'key'")]
    [InlineData("""{"key":"A"}""", 400, "missing 'value'")]
    [InlineData("""{"key":"A","value":null}""", 400, "missing 'value'")]
    [InlineData("""{"key":"A","value":1}""", 400, "'value' must be a string of Unicode text without NUL")]
    [InlineData("""{"key":"A","value":"a\u0000b"}""", 400, "'value' must be a string of Unicode text without NUL")]
    [InlineData("""{"key":"A","value":"\ud800"}""", 400, "'value' must be a string of Unicode text without NUL")]
    [InlineData("""{"key":"A","value":"x","scope":"y"}""", 400, "unknown field 'scope': expected key, value")]
    [InlineData("""{"key":"","value":"x"}""", 400, "key must be non-empty alphanumeric + underscore, dot and dash only")]
    [InlineData("""{"key":"a b","value":"x"}""", 400, "key must be non-empty alphanumeric + underscore, dot and dash only")]
    [InlineData("""{"key":"a\n","value":"x"}""", 400, "key must be non-empty alphanumeric + underscore, dot and dash only")]
    [InlineData("""{"key":"é","value":"x"}""", 400, "key must be non-empty alphanumeric + underscore, dot and dash only")]
    [InlineData("""{"key":"RootCX_APP_ID","value":"x"}""", 400, "key must not begin with ROOTCX_: such names are the platform's own")]
    [InlineData("[]", 400, "body must be a JSON object")]
    public async Task What_can_not_be_a_secret_is_refused(string body, int status, string error)
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await stack.Admin.PostAsync(app.SecretsPath(), content);
        await answer.AssertErrorAsync((HttpStatusCode)status, error);
    }

    [Fact]
    public async Task Names_have_at_most_128_characters_and_values_64_KiB_of_utf8()
    {
        var app = await stack.Admin.DeployedAsync(Teller);
        await app.SetSecretAsync(new string('k', 128), "");
        using (var name = await app.SendSecretAsync(new string('k', 129), "x"))
        {
            await name.AssertErrorAsync(HttpStatusCode.BadRequest, "key must have at most 128 characters");
        }

        var longest = new string('é', 32 * 1024);
        await app.SetSecretAsync("TOKEN", longest);
        await app.ReturnsAsync("token", longest);
        using var value = await app.SendSecretAsync("TOKEN", longest + "x");
        await value.AssertErrorAsync(HttpStatusCode.RequestEntityTooLarge, "value too large: at most 65536 bytes");
    }

    [Fact]
    public async Task Who_administers_the_app_may_see_and_change_its_secrets_and_nobody_else_not_even_its_worker()
    {
        var app = await stack.Admin.DeployedAsync("""
            serve({ list: async () => (await fetch(`${process.env.ROOTCX_RUNTIME_URL}/api/v1/apps/${process.env.ROOTCX_APP_ID}/secrets`)).status });
            """);
        await app.SetSecretAsync("TOKEN", "value");
        var ofAnother = await stack.Anonymous().RegisteredAsync();
        await stack.GrantAsync(ofAnother, $"app:{App.NewId()}:*");
        foreach (var (client, status, error) in new[]
        {
            (stack.Anonymous(), HttpStatusCode.Unauthorized, "missing or invalid authorization header"),
            (stack.User, HttpStatusCode.Forbidden, $"permission denied: app:{app.Id}:*"),
            (ofAnother, HttpStatusCode.Forbidden, $"permission denied: app:{app.Id}:*"),
        })
        {
            using var listed = await client.GetAsync(app.SecretsPath());
            await listed.AssertErrorAsync(status, error);
            using var set = await client.SendSecretAsync(app.SecretsPath(), "TOKEN", "other");
            await set.AssertErrorAsync(status, error);
            using var deleted = await client.DeleteSecretAsync(app.SecretsPath(), "TOKEN");
            await deleted.AssertErrorAsync(status, error);
        }

        Assert.Equal(403, (await app.RpcAsync("list"))!.GetValue<int>());
        var keeper = await stack.Anonymous().RegisteredAsync();
        await stack.GrantAsync(keeper, $"app:{app.Id}:*");
        await app.As(keeper).SetSecretAsync("OTHER", "value");
        Assert.Equal(["OTHER", "TOKEN"], await keeper.SecretNamesAsync(app.SecretsPath()));
    }

    [Fact]
    public async Task An_unknown_app_has_no_secrets()
    {
        var app = new App(stack.Admin, App.NewId());
        using var listed = await stack.Admin.GetAsync(app.SecretsPath());
        await listed.AssertErrorAsync(HttpStatusCode.NotFound, $"app '{app.Id}' not found");
        using var set = await app.SendSecretAsync("TOKEN", "value");
        await set.AssertErrorAsync(HttpStatusCode.NotFound, $"app '{app.Id}' not found");
        using var deleted = await stack.Admin.DeleteSecretAsync(app.SecretsPath(), "TOKEN");
        await deleted.AssertErrorAsync(HttpStatusCode.NotFound, $"app '{app.Id}' not found");
    }

    private static System.Text.Json.JsonSerializerOptions Plain { get; } = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
