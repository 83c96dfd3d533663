using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using RootCx.Core.Database;
using RootCx.Core.Doorbells;
using RootCx.Core.Jobs;
using RootCx.Local.Launcher;

namespace RootCx.Bench.Jobs;

/// <summary>The platform's own jobs: enqueued in this process, run by a real worker under the stack's supervisor.</summary>
internal sealed class OurQueue : IAsyncDisposable
{
    private const int Batch = 1000;
    private const int WarmUp = 2000;

    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(20);

    private readonly ServiceProvider _services;
    private readonly BenchApp _app;

    private OurQueue(ServiceProvider services, BenchApp app) => (_services, _app) = (services, app);

    private JobQueue Queue => _services.GetRequiredService<JobQueue>();

    private NpgsqlDataSource Database => _services.GetRequiredService<NpgsqlDataSource>();

    /// <summary>Deploys an app; its worker is stopped.</summary>
    public static async Task<OurQueue> CreateAsync(LaunchedStack stack, CancellationToken cancellationToken)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["ConnectionStrings:Postgres"] = stack.Description.Postgres });
        var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<IConfiguration>(configuration)
            .AddSingleton(TimeProvider.System)
            .AddPlatformDatabase(configuration)
            .AddDoorbells()
            .AddJobs()
            .BuildServiceProvider();
        var app = await BenchApp.CreateAsync(stack, cancellationToken);
        await app.DeployAsync("serve({ onJob: () => performance.timeOrigin + performance.now() });");
        await app.PostAsync("worker/stop");
        return new OurQueue(services, app);
    }

    /// <summary>One after the other; jobs per second.</summary>
    public async Task<double> EnqueueOneByOneAsync(int count)
    {
        await AddOneByOneAsync(WarmUp / 10);
        return await RateAsync(count, () => AddOneByOneAsync(count));
    }

    /// <summary>One after the other through the API; jobs per second.</summary>
    public async Task<double> EnqueueOverHttpAsync(int count)
    {
        await AddAsync(WarmUp / 10);
        return await RateAsync(count, () => AddAsync(count));

        async Task AddAsync(int jobs)
        {
            for (var n = 0; n < jobs; n++)
            {
                await _app.EnqueueAsync(n);
            }
        }
    }

    /// <summary>A thousand at a time; jobs per second.</summary>
    public async Task<double> EnqueueInBatchesAsync(int count)
    {
        await AddInBatchesAsync(_app.AppId, 2 * Batch);
        return await RateAsync(count, () => AddInBatchesAsync(_app.AppId, count));
    }

    /// <summary>Enqueues them, starts the worker, and waits until all are in the archive; jobs per second from the first one's start on.</summary>
    public async Task<double> DrainAsync(int count)
    {
        await EmptyAsync();
        await MeasureAsync(count); // a supervisor runs for long; in its first second it still compiles its code
        return count / (await MeasureAsync(count)).TotalSeconds;

        async Task<TimeSpan> MeasureAsync(int jobs)
        {
            await AddInBatchesAsync(_app.AppId, jobs);
            var starting = _app.PostAsync("worker/start");
            while (await AskAsync("select exists (select from jobs where app_id = $1)", true))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10));
            }

            var ended = DateTimeOffset.UtcNow;
            await starting;
            var began = new DateTimeOffset(await AskAsync("select min(started_at) from ended_jobs where app_id = $1", DateTime.MinValue), TimeSpan.Zero);
            await EmptyAsync();
            return ended - began;
        }
    }

    /// <summary>With an idle worker, one job at a time: from the call until the handler is entered.</summary>
    public async Task<Samples> LatenciesAsync(int count)
    {
        await EmptyAsync();
        await _app.PostAsync("worker/start");
        var samples = new Samples();
        for (var n = -20; n < count; n++)
        {
            var begun = DateTimeOffset.UtcNow;
            var id = await Queue.EnqueueAsync(_app.AppId, Job(n), CancellationToken.None);
            await Task.Delay(Settle); // nothing of ours is to be in the way
            string? entered;
            while ((entered = await AskAsync<string?>($"select result::text from ended_jobs where app_id = $1 and id = {id}", null)) is null)
            {
                await Task.Delay(Settle);
            }

            if (n >= 0)
            {
                samples.Add(double.Parse(entered, CultureInfo.InvariantCulture) - (begun - DateTimeOffset.UnixEpoch).TotalMilliseconds);
            }
        }

        await EmptyAsync();
        return samples;
    }

    /// <summary>Gives another app, whose worker is stopped, that many jobs.</summary>
    public async Task CrowdAsync(int count)
    {
        var other = _app.Another();
        await other.DeployAsync("serve({});");
        await other.PostAsync("worker/stop");
        await AddInBatchesAsync(other.AppId, count);
    }

    public async ValueTask DisposeAsync()
    {
        _app.Dispose();
        await _services.DisposeAsync();
    }

    private static NewJob Job(int number) => new($$"""{"n":{{number}}}""");

    private static async Task<double> RateAsync(int count, Func<Task> action)
    {
        var begun = Stopwatch.GetTimestamp();
        await action();
        return count / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private async Task AddOneByOneAsync(int count)
    {
        for (var n = 0; n < count; n++)
        {
            await Queue.EnqueueAsync(_app.AppId, Job(n), CancellationToken.None);
        }
    }

    private async Task AddInBatchesAsync(string appId, int count)
    {
        for (var n = 0; n < count; n += Batch)
        {
            await Queue.EnqueueAsync(appId, [.. Enumerable.Range(n, Math.Min(Batch, count - n)).Select(Job)], CancellationToken.None);
        }
    }

    private async Task EmptyAsync()
    {
        await _app.PostAsync("worker/stop");
        await AskAsync("with gone as (delete from jobs where app_id = $1), kept as (delete from ended_jobs where app_id = $1) select 1", 1);
    }

    private async Task<T> AskAsync<T>(string sql, T otherwise)
    {
        await using var command = Database.CreateCommand(sql);
        command.Parameters.AddWithValue(_app.AppId);
        return await command.ExecuteScalarAsync() is T value ? value : otherwise;
    }
}
