using System.Net;
using Dapper;
using Npgsql;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Deployments;

/// <summary>An app that runs and stays as it is, whatever is deployed to it without success.</summary>
public sealed class DeployTarget(PlatformStack stack) : IAsyncLifetime
{
    private const string Recorded =
        """
        select version as "Version", state as "State", failure as "Failure", error as "Error"
        from rootcx_system.deployments where app_id = @id order by version desc limit 1
        """;

    /// <summary>The app.</summary>
    public App App { get; private set; } = null!; // set before any test runs

    public async ValueTask InitializeAsync() => App = await stack.Admin.DeployedAsync("serve({ version: () => 'still me', folder: () => process.cwd() });");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Deploys something that must not go live: it is refused so, the deployment is recorded as failed, what ran before answers, nothing is left behind.</summary>
    /// <returns>The text.</returns>
    public async Task<string> RefusedAsync(byte[] archive, HttpStatusCode status, string failure)
    {
        var before = await LatestAsync();
        using var answer = await stack.Admin.DeployAsync(App.Id, archive);
        var error = (await answer.JsonAsync(status))["error"]!.GetValue<string>(); // else the status would be another

        Assert.Equal(new Latest(before.Version + 1, "failed", failure, error), await LatestAsync());
        await AssertUntouchedAsync();
        return error;
    }

    /// <summary>Deploys something that is refused before it becomes a deployment.</summary>
    public async Task TurnedAwayAsync(byte[] archive, HttpStatusCode status, string error)
    {
        var before = await LatestAsync();
        using var answer = await stack.Admin.DeployAsync(App.Id, archive);
        await answer.AssertErrorAsync(status, error);

        Assert.Equal(before, await LatestAsync());
        await AssertUntouchedAsync();
    }

    private async Task AssertUntouchedAsync()
    {
        Assert.Equal("still me", (await App.RpcAsync("version"))!.GetValue<string>());

        // Others deploy meanwhile; what they have there now goes too.
        var versions = (await App.RpcAsync("folder"))!.GetValue<string>();
        var staging = new DirectoryInfo(Path.GetFullPath(Path.Combine(versions, "../../../../staging")));
        Assert.True(staging.Exists);
        var present = staging.GetFileSystemInfos();
        await Eventually.TrueAsync(() => !present.Any(left => Path.Exists(left.FullName)), "something was left in the staging folder");
    }

    private async Task<Latest> LatestAsync()
    {
        await using var connection = new NpgsqlConnection(stack.Own.Description.Postgres);
        return await connection.QuerySingleAsync<Latest>(Recorded, new { id = App.Id });
    }

    private sealed record Latest(int Version, string State, string? Failure, string? Error);
}
