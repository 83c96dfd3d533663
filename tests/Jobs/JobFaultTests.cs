using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using RootCx.Core.Processes;
using RootCx.Local.Launcher;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Jobs;

/// <summary>Jobs while everything around them is killed; on a stack of the tests' own.</summary>
public sealed class JobFaultTests
{
    private const int Jobs = 5000;
    private const int Concurrency = 10;

    private static readonly TimeSpan Mayhem = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2); // all of them take half a minute if nothing else runs

    [Fact]
    public async Task Every_job_runs_and_none_is_lost_or_in_two_places_while_workers_supervisors_and_database_connections_are_killed()
    {
        await using var own = await LaunchedStack.StartAsync(settings: null, TestContext.Current.CancellationToken);
        var admin = await new ApiClient(new Uri(own.Description.ApiUrl), token: null).SignedInAsync(own.Description.AdminEmail, own.Description.AdminPassword);
        var app = await admin.DeployedAsync("""
            import { SQL } from "bun";
            let sql;
            serve({
              onStart: async (config) => { sql = new SQL(config.databaseUrl, { max: 4 }); await sql`create table if not exists runs (job integer)`; },
              onJob: async (payload) => { await sql`insert into runs values (${payload})`; await Bun.sleep(60); },
            });
            """);
        await using var database = NpgsqlDataSource.Create($"{own.Description.Postgres};Search Path=rootcx_system;Application Name=observer");

        var mayhem = MayhemAsync(own, app, database);
        for (var first = 0; first < Jobs; first += 500)
        {
            await EnqueueAsync(app, first, 500); // while things are being killed
        }

        var (kills, interrupted) = await mayhem;
        await Eventually.TrueAsync(
            async () =>
            {
                await StartIfCrashedAsync(app);
                return await CountAsync(database, "select count(*) from jobs") == 0;
            },
            "jobs were left",
            Patience);

        Assert.Equal(Jobs, await CountAsync(database, "select count(*) from ended_jobs where state = 'completed'"));
        Assert.Equal(Jobs, await CountAsync(database, "select count(distinct id) from ended_jobs"));
        Assert.Equal(Jobs, await CountAsync(database, $"select count(distinct job) from \"{app.Id}\".runs"));
        Assert.Equal(Jobs, await CountAsync(database, "select sum(jobs)::bigint from job_counts"));
        var doubles = await CountAsync(database, $"select count(*) from \"{app.Id}\".runs") - Jobs;
        TestContext.Current.TestOutputHelper!.WriteLine($"{kills}; {doubles} double runs of at most {interrupted}");
        Assert.InRange(doubles, 0, interrupted);
    }

    // Returns what was killed, and how many jobs that can have interrupted.
    private static async Task<(string Kills, int Interrupted)> MayhemAsync(LaunchedStack own, App app, NpgsqlDataSource database)
    {
        var random = new Random(1);
        var begun = TimeProvider.System.GetTimestamp();
        var (workers, supervisors, backends) = (0, 0, 0);
        while (TimeProvider.System.GetElapsedTime(begun) is var elapsed && (elapsed < Mayhem || (!IsEnough() && elapsed < 3 * Mayhem))) // a busy machine is slow to come back
        {
            await Task.Delay(random.Next(200, 800), TestContext.Current.CancellationToken);
            await StartIfCrashedAsync(app);
            if (supervisors < 4 && elapsed > (supervisors + 0.5) * Mayhem / 4) // a fifth one within a minute its launcher would take for hopeless
            {
                supervisors += Kill(own.ReadDescription().Children.Single(child => child.Name == "supervisor").Pid);
            }
            else if (random.Next(3) == 0)
            {
                workers += await WorkerAsync(app) is { } pid ? Kill(pid) : 0;
            }
            else
            {
                backends += (int)await CountAsync(
                    database,
                    """
                    select count(pg_terminate_backend(pid))
                    from (select pid from pg_stat_activity where application_name <> 'observer' and backend_type = 'client backend' order by random() limit 1) as one
                    """);
            }
        }

        Assert.True(IsEnough(), $"too little was killed: {workers} workers, {supervisors} supervisors, {backends} connections");
        // A lost connection of the app's own makes the handler throw, perhaps after its row was written; of the platform's it interrupts nothing.
        return ($"killed {workers} workers, {supervisors} supervisors, {backends} connections", ((workers + supervisors) * Concurrency) + backends);

        bool IsEnough() => workers > 5 && supervisors == 4 && backends > 20;
    }

    private static int Kill(int pid) => ProcessSignals.Send(pid, UnixSignal.Kill) ? 1 : 0;

    private static async Task EnqueueAsync(App app, int first, int count)
    {
        var batch = new JsonObject
        {
            ["jobs"] = new JsonArray([.. Enumerable.Range(first, count).Select(number => new JsonObject
            {
                ["payload"] = number,
                ["idempotencyKey"] = $"job {number}", // so that it can be sent again if the answer was lost
                ["maxAttempts"] = 25,
                ["backoffSeconds"] = 1,
            })]),
        };
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await app.Client.PostAsync($"{app.JobsPath()}/batch", batch.DeepClone());
                return answer.StatusCode == HttpStatusCode.Created;
            },
            "a batch was not taken");
    }

    private static async Task<int?> WorkerAsync(App app)
    {
        using var answer = await app.Client.GetAsync($"/api/v1/apps/{app.Id}/worker/status?detail=true");
        return answer.StatusCode == HttpStatusCode.OK ? (await answer.JsonAsync(HttpStatusCode.OK))["detail"]?["pid"]?.GetValue<int>() : null;
    }

    private static async Task StartIfCrashedAsync(App app)
    {
        using var answer = await app.Client.GetAsync($"/api/v1/apps/{app.Id}/worker/status");
        if (answer.StatusCode == HttpStatusCode.OK && (await answer.JsonAsync(HttpStatusCode.OK))["status"]!.GetValue<string>() == "crashed")
        {
            using var started = await app.WorkerAsync("start");
        }
    }

    private static async Task<long> CountAsync(NpgsqlDataSource database, string sql)
    {
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        return await connection.ExecuteScalarAsync<long>(sql);
    }
}
