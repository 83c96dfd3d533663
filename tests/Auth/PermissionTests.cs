using Dapper;
using Npgsql;
using RootCx.Core.Auth;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Auth;

public sealed class PermissionTests(PlatformStack stack)
{
    [Theory]
    [InlineData("*", "app:crm:deals.read", true)]
    [InlineData("app:crm:deals.read", "app:crm:deals.read", true)]
    [InlineData("app:crm:*", "app:crm:deals.read", true)]
    [InlineData("app:crm:*", "app:crm:*", true)]
    [InlineData("app:*", "app:crm:*", true)]
    [InlineData("app:crm:*", "app:crm2:deals.read", false)]
    [InlineData("app:crm:*", "app:crm", false)]
    [InlineData("app:crm:deals.*", "app:crm:deals.read", false)]
    [InlineData("app:crm:deals.read", "app:crm:*", false)]
    public void An_entry_grants_itself_and_what_its_wildcard_covers(string held, string wanted, bool granted) =>
        Assert.Equal(granted, Permissions.Grants(held, wanted));

    [Fact]
    public async Task Permissions_come_through_inherited_roles_and_circles_do_no_harm()
    {
        await using var database = NpgsqlDataSource.Create($"{stack.Own.Description.Postgres};Search Path=rootcx_system");
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var name = App.NewId();
        var userId = Guid.Parse((await stack.Anonymous().RegisteredAsync()).User!["id"]!.GetValue<string>());
        await connection.ExecuteAsync(
            """
            insert into rbac_roles (name, inherits, permissions) values
              (@name || '_a', array[@name || '_b', 'unknown'], array['app:one:*']),
              (@name || '_b', array[@name || '_a'], array['app:two:*']);
            insert into rbac_assignments (user_id, role) values (@userId, @name || '_a');
            """,
            new { name, userId });

        Assert.Equal(["app:one:*", "app:two:*"], await new Permissions(database).HeldByAsync(userId, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Of_two_first_users_at_once_exactly_one_becomes_administrator()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack); // only an empty one has a first user
        var users = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            empty.Accounts.RegisterAsync($"user{i}@example.com", "s3cret!", null, TestContext.Current.CancellationToken)));

        var administrators = 0;
        foreach (var user in users)
        {
            var held = await empty.Permissions.HeldByAsync(user.Id, TestContext.Current.CancellationToken);
            administrators += held.Contains("*") ? 1 : 0;
        }

        Assert.Equal(1, administrators);
    }
}
