using Npgsql;
using RootCx.Core.Apps;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Database;

/// <summary>The platform needs no superuser, which a hosted PostgreSQL gives to nobody.</summary>
public sealed class OrdinaryRoleTests(PlatformStack stack)
{
    [Fact]
    public async Task A_role_that_may_make_roles_and_owns_its_database_is_enough_to_migrate_and_to_have_apps()
    {
        await using var role = await OwnRole.CreateAsync(stack);
        await role.GiveAsync("rootcx_apps"); // the stack's own platform made it
        await using var platform = await EmptyPlatform.WithAsync(role.Settings(role.Password));
        var databases = platform.Get<AppDatabase>();
        var id = App.NewId();

        var access = await databases.EnsureAsync(id, TestContext.Current.CancellationToken);
        await using (var app = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(role.Settings(access.Password)) { Username = $"rootcx_app_{id}" }.ConnectionString))
        {
            await app.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = new NpgsqlCommand("create table own (x text); insert into own values ('one'); select x from own", app);
            Assert.Equal("one", await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        }

        await using var connection = new NpgsqlConnection(role.Settings(role.Password));
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using (var set = new NpgsqlCommand("set search_path = rootcx_system", connection))
        {
            await set.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await databases.DropAsync(connection, id, TestContext.Current.CancellationToken);
        await using var left = new NpgsqlCommand("select count(*) from pg_roles where rolname = @name", connection) { Parameters = { new("name", $"rootcx_app_{id}") } };
        Assert.Equal(0L, await left.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }
}
