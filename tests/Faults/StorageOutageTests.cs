using System.Net;
using Dapper;
using Npgsql;
using RootCx.Core.Processes;
using RootCx.Tests.Deployments;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Faults;

/// <summary>What begins while storage stands still; on a platform apart.</summary>
[Collection(OwnStackCollection.Name)]
public sealed class StorageOutageTests(OwnStack stack)
{
    [Fact]
    public async Task Deploys_are_refused_and_leave_nothing_supervisors_start_and_all_is_well_when_storage_is_back()
    {
        await stack.RestAsync("supervisor");
        var app = await stack.Admin.DeployedAsync("serve({ version: () => 1 });");

        await using var database = NpgsqlDataSource.Create(stack.Stack.Description.Postgres);
        var first = await SupervisorStartedAsync(database);

        DateTime second;
        await using (await PausedProcess.PauseAsync(await stack.PidOfAsync("azurite")))
        {
            await stack.EndAsync("supervisor", UnixSignal.Kill);
            await Eventually.TrueAsync(async () => await SupervisorStartedAsync(database) > first, "the supervisor was not started again");
            second = await SupervisorStartedAsync(database);

            // Its answer comes when storage was tried for so long that a supervisor that waits for it would have given up.
            using var refused = await stack.Admin.DeployAsync(app.Id, AppArchive.Of("serve({ version: () => 2 });"));
            await refused.AssertErrorAsync(HttpStatusCode.ServiceUnavailable, "runtime not ready");
        }

        await Eventually.TrueAsync(async () => await VersionAsync(app) == "1", "the app does not answer");
        Assert.Equal(second, await SupervisorStartedAsync(database));
        Assert.Equal("1 live!", await app.StatesAsync());

        using var taken = await stack.Admin.DeployAsync(app.Id, AppArchive.Of("serve({ version: () => 3 });"));
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        Assert.Equal("3", await VersionAsync(app));
        Assert.Equal("2 live!, 1 superseded", await app.StatesAsync());
    }

    private static async Task<DateTime> SupervisorStartedAsync(NpgsqlDataSource database)
    {
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        return await connection.QuerySingleAsync<DateTime>("select started_at from rootcx_system.supervisors");
    }

    private static async Task<string> VersionAsync(App app)
    {
        using var answer = await app.SendRpcAsync("version");
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
