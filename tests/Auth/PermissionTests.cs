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
        Assert.Equal(granted, new Grants([held, "other"]).Allows(wanted));

    [Fact]
    public async Task Of_two_first_users_at_once_exactly_one_becomes_administrator()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack); // only an empty one has a first user
        var users = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            empty.Accounts.RegisterAsync($"user{i}@example.com", "s3cret!", null, new ClientOrigin("127.0.0.1", null), TestContext.Current.CancellationToken)));

        var administrators = 0;
        foreach (var user in users)
        {
            administrators += (await empty.Permissions.OfAsync(user.Id, TestContext.Current.CancellationToken)).IsAdmin ? 1 : 0;
        }

        Assert.Equal(1, administrators);
    }
}
