using Npgsql;
using RootCx.Core.Audit;
using RootCx.Core.Auth;
using RootCx.Core.Errors;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Auth;

/// <summary>Two instances of the API on one database.</summary>
public sealed class IdentityTests(PlatformStack stack)
{
    [Fact]
    public async Task What_changes_on_one_instance_is_soon_in_force_on_another()
    {
        await using var here = await EmptyPlatform.CreateAsync(stack);
        await using var there = await here.AnotherAsync();
        var client = new ClientOrigin("127.0.0.1", null);
        var admin = await here.Accounts.RegisterAsync("a@example.com", "s3cret!", null, client, TestContext.Current.CancellationToken);
        var user = await here.Accounts.RegisterAsync("b@example.com", "s3cret!", null, client, TestContext.Current.CancellationToken);
        var (actor, roles) = (new Actor(admin.Id, admin.Email, null), here.Get<Roles>());
        Assert.False(await there.Permissions.HasAsync(user.Id, "app:x:y", TestContext.Current.CancellationToken)); // remembered now

        await roles.CreateAsync(actor, new Role("r", null, [], ["app:x:y"]), TestContext.Current.CancellationToken);
        await roles.AssignAsync(actor, user.Id, "r", TestContext.Current.CancellationToken);
        Assert.True(await here.Permissions.HasAsync(user.Id, "app:x:y", TestContext.Current.CancellationToken)); // at once
        await ThereAsync(async () => await there.Permissions.HasAsync(user.Id, "app:x:y", TestContext.Current.CancellationToken));

        await roles.ChangeAsync(actor, "r", new RoleChange(null, null, ["app:x:z"]), TestContext.Current.CancellationToken);
        await ThereAsync(async () => !await there.Permissions.HasAsync(user.Id, "app:x:y", TestContext.Current.CancellationToken));
        await roles.DeleteAsync(actor, "r", TestContext.Current.CancellationToken);
        await ThereAsync(async () => !await there.Permissions.HasAsync(user.Id, "app:x:z", TestContext.Current.CancellationToken));

        await there.Get<Identities>().RequireAsync(user.Id, epoch: 0, TestContext.Current.CancellationToken);
        await here.Accounts.DisableAsync(actor, user.Id, TestContext.Current.CancellationToken);
        await ThereAsync(() => IsRefusedAsync(there, user.Id, "principal disabled"));
        await here.Accounts.EnableAsync(actor, user.Id, TestContext.Current.CancellationToken);
        await ThereAsync(() => IsRefusedAsync(there, user.Id, "session revoked or expired")); // its token is of an earlier epoch
        await here.Accounts.DeleteAsync(actor, user.Id, TestContext.Current.CancellationToken);
        await ThereAsync(() => IsRefusedAsync(there, user.Id, "user not found"));
    }

    [Fact]
    public async Task A_change_is_noticed_even_if_nobody_hears_of_it()
    {
        await using var here = await EmptyPlatform.CreateAsync(stack);
        await using var there = await here.AnotherAsync();
        await using (var silence = here.Get<NpgsqlDataSource>().CreateCommand(
            "create or replace function access_changed() returns trigger language plpgsql as $$ begin update access_version set version = version + 1; return null; end $$"))
        {
            await silence.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var user = await here.Accounts.RegisterAsync("a@example.com", "s3cret!", null, new ClientOrigin("127.0.0.1", null), TestContext.Current.CancellationToken);
        Assert.True(await there.Permissions.HasAsync(user.Id, "app:x:y", TestContext.Current.CancellationToken));
        await using (var revoke = here.Get<NpgsqlDataSource>().CreateCommand("delete from rbac_assignments"))
        {
            await revoke.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await ThereAsync(async () => !await there.Permissions.HasAsync(user.Id, "app:x:y", TestContext.Current.CancellationToken));
    }

    private static Task ThereAsync(Func<Task<bool>> condition) => Eventually.TrueAsync(condition, "the other instance does not know yet", TimeSpan.FromSeconds(5));

    private static async Task<bool> IsRefusedAsync(EmptyPlatform platform, Guid userId, string text)
    {
        try
        {
            await platform.Get<Identities>().RequireAsync(userId, epoch: 0, TestContext.Current.CancellationToken);
            return false;
        }
        catch (RefusedException refused)
        {
            return refused.Message == text;
        }
    }
}
