using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using RootCx.Core.Auth;
using RootCx.Core.Auth.External;
using RootCx.Core.Doorbells;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Auth;

public sealed class ExternalAccountTests(PlatformStack stack)
{
    private static readonly ClientOrigin Client = new("127.0.0.1", null);

    [Fact]
    public async Task Who_comes_first_with_an_external_token_does_not_become_administrator()
    {
        await using var issuer = await TestIssuer.StartAsync();
        await using var empty = await EmptyPlatform.CreateAsync(stack, Settings(issuer));

        var external = await CallAsync(empty, issuer.Sign(issuer.Claims()));
        Assert.Empty((await empty.Permissions.OfAsync(external, TestContext.Current.CancellationToken)).Entries);
        var registered = await empty.Accounts.RegisterAsync("first@example.com", "s3cret!", null, Client, TestContext.Current.CancellationToken);
        Assert.Equal(["*"], (await empty.Permissions.OfAsync(registered.Id, TestContext.Current.CancellationToken)).Entries);
    }

    [Fact]
    public async Task An_issuer_does_not_take_the_last_administrator_away()
    {
        await using var issuer = await TestIssuer.StartAsync();
        await using var empty = await EmptyPlatform.CreateAsync(stack, Settings(issuer));
        var claims = issuer.Claims("boss", "tools_admin");
        var boss = await CallAsync(empty, issuer.Sign(claims));

        claims["roles"] = new JsonArray();
        Assert.Equal(boss, await CallAsync(empty, issuer.Sign(claims)));
        var registered = await empty.Accounts.RegisterAsync("first@example.com", "s3cret!", null, Client, TestContext.Current.CancellationToken);
        Assert.Empty((await empty.Permissions.OfAsync(registered.Id, TestContext.Current.CancellationToken)).Entries);
        Assert.Equal(["*"], (await empty.Permissions.OfAsync(boss, TestContext.Current.CancellationToken)).Entries);

        // As soon as there is another one, the role goes.
        await CallAsync(empty, issuer.Sign(issuer.Claims("deputy", "tools_admin")));
        claims["name"] = "Former Boss"; // so that it is not taken from what is remembered
        await CallAsync(empty, issuer.Sign(claims));
        Assert.Empty((await empty.Permissions.OfAsync(boss, TestContext.Current.CancellationToken)).Entries);
    }

    [Fact]
    public async Task A_moment_later_nothing_is_looked_up_and_a_ring_ends_that()
    {
        await using var issuer = await TestIssuer.StartAsync();
        await using var empty = await EmptyPlatform.CreateAsync(stack, Settings(issuer));
        var token = issuer.Sign(issuer.Claims());
        var user = await CallAsync(empty, token);
        await QuietAsync(empty); // its own making is a change as well
        Assert.Equal(user, await CallAsync(empty, token));

        // Deleted while the database keeps quiet about it: it goes on for a while.
        await using var database = NpgsqlDataSource.Create($"{empty.ConnectionString};Search Path=rootcx_system");
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync("alter table users disable trigger access_changed; alter table rbac_assignments disable trigger access_changed");
        Assert.Equal(1, await connection.ExecuteAsync("delete from users where not is_system"));
        Assert.Equal(user, await CallAsync(empty, token));

        await connection.ExecuteAsync("select pg_notify('rootcx_access', '')");
        await Eventually.TrueAsync(async () => await CallAsync(empty, token) != user, "the deleted account was not made anew");
    }

    [Fact]
    public async Task An_older_token_brings_nothing_back_where_nothing_is_remembered_either()
    {
        await using var issuer = await TestIssuer.StartAsync();
        await using var empty = await EmptyPlatform.CreateAsync(stack, Settings(issuer));
        await CallAsync(empty, issuer.Sign(issuer.Claims("deputy", "tools_admin")));
        var claims = issuer.Claims("boss", "tools_admin");
        claims["iat"] = claims["iat"]!.GetValue<long>() - 1;
        var older = issuer.Sign(claims);
        var boss = await CallAsync(empty, older);
        await CallAsync(empty, issuer.Sign(issuer.Claims("boss")));

        // Seen as soon as the account is looked up anew, which the older token makes happen here.
        await using var database = NpgsqlDataSource.Create($"{empty.ConnectionString};Search Path=rootcx_system");
        await using (var change = database.CreateCommand("update users set email = 'changed@example.com' where email like 'boss@%'"))
        {
            Assert.Equal(1, await change.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        }

        await Eventually.TrueAsync(
            async () => (await empty.Get<ExternalTokens>().AuthenticateAsync(older, TestContext.Current.CancellationToken))!.User!.Email == "changed@example.com",
            "the account was not looked up");
        Assert.Empty((await empty.Permissions.OfAsync(boss, TestContext.Current.CancellationToken)).Entries);
    }

    [Fact]
    public async Task Accounts_are_joined_by_an_administrator_alone()
    {
        await using var issuer = await TestIssuer.StartAsync();
        await using var empty = await EmptyPlatform.CreateAsync(stack, Settings(issuer));
        var claims = issuer.Claims("ada", "tools_admin");
        claims["email"] = "ada@example.com";
        var registered = await empty.Accounts.RegisterAsync("ada@example.com", "s3cret!", "Ada", Client, TestContext.Current.CancellationToken);

        await using var database = NpgsqlDataSource.Create($"{empty.ConnectionString};Search Path=rootcx_system");
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync(
            "insert into external_identities (issuer, subject, user_id) select @Authority, 'ada', id from users where email = 'ada@example.com'",
            new { issuer.Authority });

        Assert.Equal(registered.Id, await CallAsync(empty, issuer.Sign(claims)));
        await empty.Get<SignIns>().SignInAsync("ada@example.com", "s3cret!", Client, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Roles_that_come_into_being_later_are_assigned_then()
    {
        await using var issuer = await TestIssuer.StartAsync();
        await using var empty = await EmptyPlatform.CreateAsync(stack, Settings(issuer));
        var claims = issuer.Claims("reader", "tools_reader");
        var user = await CallAsync(empty, issuer.Sign(claims));
        Assert.Empty((await empty.Permissions.OfAsync(user, TestContext.Current.CancellationToken)).Entries);

        await using var database = NpgsqlDataSource.Create($"{empty.ConnectionString};Search Path=rootcx_system");
        await using (var define = database.CreateCommand("insert into rbac_roles (name, permissions) values ('reader', array['app:*'])"))
        {
            await define.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await Eventually.TrueAsync(
            async () => await CallAsync(empty, issuer.Sign(claims)) == user
                && (await empty.Permissions.OfAsync(user, TestContext.Current.CancellationToken)).Entries.Count == 1,
            "the role was not assigned");
    }

    // Until everything that has changed so far was heard of.
    private static async Task QuietAsync(EmptyPlatform platform)
    {
        var heard = new TaskCompletionSource();
        using var bell = platform.Get<DoorbellListener>().Subscribe(Topics.Access, payload => _ = payload == "last" && heard.TrySetResult());
        await using var database = NpgsqlDataSource.Create($"{platform.ConnectionString};Search Path=rootcx_system");
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var version = await connection.ExecuteScalarAsync<long>("select version from access_version");
        await Eventually.TrueAsync(() => platform.Get<AccessWatch>().Version == version, "the change was not seen");
        await connection.ExecuteAsync("select pg_notify(@Access, 'last')", new { Access = Topics.Access });
        await heard.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private static async Task<Guid> CallAsync(EmptyPlatform platform, string token) =>
        (await platform.Get<ExternalTokens>().AuthenticateAsync(token, TestContext.Current.CancellationToken))!.User!.UserId;

    private static Dictionary<string, string?> Settings(TestIssuer issuer) => new()
    {
        ["Auth:Issuers:0:Name"] = "main",
        ["Auth:Issuers:0:Authority"] = $"{issuer.Authority}/", // the slash makes no difference
        ["Auth:Issuers:0:Audiences:0"] = TestIssuer.Audience,
        ["Auth:Issuers:0:RequireHttpsMetadata"] = "false",
        ["Auth:Issuers:0:Roles:tools_admin"] = "admin",
        ["Auth:Issuers:0:Roles:tools_reader"] = "reader",
    };
}
