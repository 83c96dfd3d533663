using RootCx.Core.Jobs;
using RootCx.Core.Loops;
using RootCx.Core.Telemetry;
using RootCx.Core.Workers;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Hosting;

/// <summary>What is looked up rather than counted as it happens: workers by state, and every half minute how many jobs wait.</summary>
public sealed class SupervisorGauges : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    private readonly PlatformMetrics _metrics;
    private readonly AppSupervisors _apps;
    private readonly WorkLoop _loop;
    private volatile IReadOnlyList<(string AppId, string State, long Count)> _jobs = [];

    /// <summary>Does nothing before it is started.</summary>
    public SupervisorGauges(PlatformMetrics metrics, AppSupervisors apps, JobDepths jobs, TimeProvider time, ILogger<SupervisorGauges> logger)
    {
        _metrics = metrics;
        _apps = apps;
        _loop = new WorkLoop(
            "Job depths",
            async cancellationToken =>
            {
                _jobs = await jobs.CountAsync([.. apps.All.Select(app => app.AppId)], cancellationToken);
                return Rest;
            },
            time,
            logger);
    }

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _metrics.ObserveWorkers(() => _apps.All.CountBy(app => app.Status.Status.Name()).Select(counted => (counted.Key, (long)counted.Value)));
        _metrics.ObserveJobs(() => _jobs);
        _loop.Start();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken) => await _loop.DisposeAsync();

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _loop.DisposeAsync();
}
