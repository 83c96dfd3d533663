using Microsoft.Extensions.Options;
using RootCx.Core.Channels;
using RootCx.Core.Loops;
using RootCx.Core.Telemetry;
using RootCx.SupervisorHost.Hosting;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Rpc;

/// <summary>Hands calls off this supervisor's queue to the apps it runs, from when it knows which they are; storage that is away then is tried again.</summary>
public sealed class RpcDispatcher : IHostedService, IAsyncDisposable
{
    private readonly RpcServer _channel;
    private readonly SupervisorService _supervision;
    private readonly AppSupervisors _apps;
    private readonly PlatformMetrics _metrics;
    private readonly SupervisorOptions _options;
    private readonly WorkLoop _opening;
    private int _calls;

    /// <summary>Opens nothing yet.</summary>
    public RpcDispatcher(
        RpcServer channel,
        SupervisorService supervision,
        AppSupervisors apps,
        PlatformMetrics metrics,
        IOptions<SupervisorOptions> options,
        TimeProvider time,
        ILogger<RpcDispatcher> logger)
    {
        _channel = channel;
        _supervision = supervision;
        _apps = apps;
        _metrics = metrics;
        _options = options.Value;
        _opening = new WorkLoop("Opening of the request channel", OpenAsync, time, logger);
    }

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _metrics.ObserveCalls(() => Volatile.Read(ref _calls));
        _opening.Start();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _opening.DisposeAsync();
        await _channel.CloseAsync();
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _opening.DisposeAsync();

    private async Task<TimeSpan> OpenAsync(CancellationToken cancellationToken)
    {
        await _supervision.KnowsItsApps.WaitAsync(cancellationToken);
        await _channel.OpenAsync(_options.Id, DispatchAsync, cancellationToken);
        return Timeout.InfiniteTimeSpan;
    }

    private Task<RpcOutcome?> DispatchAsync(RpcRequest request, ReadOnlyMemory<byte> parameters, CancellationToken abandoned) => _apps.FindForCall(request.AppId) switch
    {
        null => Task.FromResult<RpcOutcome?>(RpcErrors.WorkerNotRunning),
        { } app when request.Kind == RpcKind.Inspection => Task.FromResult<RpcOutcome?>(new RpcOutcome(app.Inspect(_options.Id).ToJson())),
        { } app => CallAsync(app, request, parameters, abandoned),
    };

    private async Task<RpcOutcome?> CallAsync(AppSupervisor app, RpcRequest request, ReadOnlyMemory<byte> parameters, CancellationToken abandoned)
    {
        try
        {
            return Interlocked.Increment(ref _calls) <= _options.MostCalls ? await app.CallAsync(request, parameters, abandoned) : RpcErrors.HostOverloaded;
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }
}
