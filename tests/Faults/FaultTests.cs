using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Npgsql;
using RootCx.Core.Channels;
using RootCx.Core.Processes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Faults;

/// <summary>
/// Parts die, stand still or lose touch while apps are called all the time: every call is answered in time, with a result or a clear error; no handler runs twice for one call; and
/// afterwards everything is back without a hand.
/// </summary>
[Collection(PairCollection.Name)]
public sealed class FaultTests(PairStack stack, ITestOutputHelper output)
{
    private const int Apps = 4;
    private const int WarmUp = 20;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Timeout = new RpcOptions().Timeout;

    [Fact]
    public Task A_supervisor_is_killed() => UnderLoadAsync(_ => stack.RestartedAsync("supervisor-2", UnixSignal.Kill));

    [Fact]
    public Task Apps_of_a_supervisor_that_stands_still_run_elsewhere_and_it_finds_that_they_do() => UnderLoadAsync(async apps =>
    {
        var begun = Stopwatch.GetTimestamp();
        await using (await stack.PausedAsync("supervisor"))
        {
            await IsBackAsync(apps);
            output.WriteLine($"all apps run elsewhere after {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s");
        }
    });

    [Fact]
    public Task Storage_stands_still() => UnderLoadAsync(async _ =>
    {
        await using (await stack.PausedAsync("azurite"))
        {
            await Task.Delay(Pause);
        }
    });

    [Fact]
    public Task Postgres_is_restarted() => UnderLoadAsync(_ => stack.RestartedAsync("postgres", UnixSignal.Interrupt));

    [Fact]
    public Task The_doorbell_is_cut() => UnderLoadAsync(async _ =>
    {
        await using var database = NpgsqlDataSource.Create(stack.Own.Description.Postgres);
        var begun = Stopwatch.GetTimestamp();
        var cut = 0;
        while (Stopwatch.GetElapsedTime(begun) < Pause)
        {
            await using var command = database.CreateCommand("select count(pg_terminate_backend(pid)) from pg_stat_activity where query ilike 'listen %' and pid <> pg_backend_pid()");
            cut += Convert.ToInt32(await command.ExecuteScalarAsync(), null);
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }

        Assert.True(cut >= 4, $"only {cut} listeners were cut off"); // two hosts of each kind
    });

    [Fact]
    public Task A_host_of_the_API_is_killed() => UnderLoadAsync(_ => stack.RestartedAsync("api-2", UnixSignal.Kill), mayBreak: true);

    private async Task UnderLoadAsync(Func<IReadOnlyList<App>, Task> harm, bool mayBreak = false)
    {
        using var notes = new CallNotes();
        await using var deployed = await stack.DeployedAsync(Apps, CallLoad.Source(notes.Folder));
        await using var load = new CallLoad(deployed.All, stack.Admins);
        await Eventually.TrueAsync(() => load.Book.Succeeded >= WarmUp, "the apps don't answer");

        var begun = Stopwatch.GetTimestamp();
        await harm(deployed.All);
        var harmed = load.Book.Succeeded;
        await IsBackAsync(deployed.All);
        output.WriteLine($"back after {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s");
        await Eventually.TrueAsync(() => load.Book.Succeeded >= harmed + WarmUp, "calls don't succeed any more");
        await load.StopAsync();

        output.WriteLine($"{load.Book.Succeeded} calls succeeded, {load.Book.Failures.Count} failed");
        foreach (var kind in load.Book.Failures.CountBy(failure => $"{(int?)failure.Status} {failure.Text}"))
        {
            output.WriteLine($"{kind.Value} × {kind.Key}");
        }

        Assert.Empty(load.Book.Complaints(notes.Read(), Timeout, mayBreak));
    }

    // Each app answers through each host of the API.
    private Task IsBackAsync(IReadOnlyList<App> apps) => Eventually.TrueAsync(
        async () =>
        {
            foreach (var app in apps)
            {
                foreach (var client in stack.Admins)
                {
                    try
                    {
                        using var answer = await app.As(client).SendRpcAsync("run", new JsonObject { ["id"] = Guid.NewGuid().ToString("n") });
                        if (answer.StatusCode != HttpStatusCode.OK)
                        {
                            return false;
                        }
                    }
                    catch (HttpRequestException)
                    {
                        return false; // it is on its way up
                    }
                }
            }

            return true;
        },
        "it did not come back by itself");
}
