using Npgsql;
using RootCx.Core.Apps;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Data;

/// <summary>Connections that are logged in as an app.</summary>
public sealed class AppConnectionsTests(PlatformStack stack)
{
    [Fact]
    public async Task A_password_that_was_changed_is_asked_for_anew()
    {
        await using var platform = await EmptyPlatform.CreateAsync(stack);
        var (app, connections) = (App.NewId(), platform.Get<AppConnections>());
        await using var first = await connections.OpenAsync(app, TestContext.Current.CancellationToken);

        await ChangePasswordAsync(platform, app);
        await using var second = await connections.OpenAsync(app, TestContext.Current.CancellationToken); // the first is in use, so this one logs in
        Assert.Equal($"rootcx_app_{app}", await AskAsync(second, "select session_user::text"));
        Assert.Equal($"rootcx_app_{app}", await AskAsync(first, "select session_user::text"));
    }

    [Fact]
    public async Task A_login_that_does_not_work_anew_either_is_an_error()
    {
        await using var platform = await EmptyPlatform.CreateAsync(stack);
        var (app, connections) = (App.NewId(), platform.Get<AppConnections>());
        await using var first = await connections.OpenAsync(app, TestContext.Current.CancellationToken);

        await using var database = NpgsqlDataSource.Create(platform.ConnectionString);
        await using var change = database.CreateCommand($"alter role \"rootcx_app_{app}\" password 'another'");
        await change.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => connections.OpenAsync(app, TestContext.Current.CancellationToken));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
    }

    [Fact]
    public async Task Connections_of_a_pool_that_was_given_up_are_closed_and_the_next_ones_are_of_a_new_one()
    {
        await using var platform = await EmptyPlatform.CreateAsync(stack);
        var (app, connections) = (App.NewId(), platform.Get<AppConnections>());
        var before = await connections.OpenAsync(app, TestContext.Current.CancellationToken);
        var process = await AskAsync(before, "select pg_backend_pid()::text");

        connections.Forget(app);
        await before.DisposeAsync();
        await using var after = await connections.OpenAsync(app, TestContext.Current.CancellationToken);
        Assert.NotEqual(process, await AskAsync(after, "select pg_backend_pid()::text"));
        await Eventually.TrueAsync(
            async () => await AskAsync(after, $"select count(*)::text from pg_stat_activity where pid = {process}") == "0", "the connection is still open");
    }

    // A password that is lost is replaced.
    private static async Task ChangePasswordAsync(EmptyPlatform platform, string app)
    {
        var before = (await platform.Get<AppDatabase>().EnsureAsync(app, TestContext.Current.CancellationToken)).Password;
        await using var database = NpgsqlDataSource.Create(platform.ConnectionString);
        await using var lose = database.CreateCommand($"delete from rootcx_system.secrets where scope = '{app}'");
        Assert.Equal(1, await lose.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        Assert.NotEqual(before, (await platform.Get<AppDatabase>().EnsureAsync(app, TestContext.Current.CancellationToken)).Password);
    }

    private static async Task<string> AskAsync(NpgsqlConnection connection, string question)
    {
        await using var ask = new NpgsqlCommand(question, connection);
        return (string)(await ask.ExecuteScalarAsync(TestContext.Current.CancellationToken))!; // a text
    }
}
