using Microsoft.Extensions.Options;
using RootCx.Core.Channels;
using RootCx.Core.Telemetry;
using RootCx.SupervisorHost.Hosting;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Rpc;

/// <summary>Hands calls off this supervisor's queue to the apps it runs.</summary>
public sealed class RpcDispatcher(RpcServer channel, AppSupervisors apps, PlatformMetrics metrics, IOptions<SupervisorOptions> options) : IHostedService
{
    private int _calls;

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        metrics.ObserveCalls(() => Volatile.Read(ref _calls));
        return channel.OpenAsync(options.Value.Id, DispatchAsync, cancellationToken);
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => channel.CloseAsync();

    private Task<RpcOutcome?> DispatchAsync(RpcRequest request, ReadOnlyMemory<byte> parameters, CancellationToken abandoned) => apps.FindForCall(request.AppId) switch
    {
        null => Task.FromResult<RpcOutcome?>(RpcErrors.WorkerNotRunning),
        { } app when request.Kind == RpcKind.Inspection => Task.FromResult<RpcOutcome?>(new RpcOutcome(app.Inspect(options.Value.Id).ToJson())),
        { } app => CallAsync(app, request, parameters, abandoned),
    };

    private async Task<RpcOutcome?> CallAsync(AppSupervisor app, RpcRequest request, ReadOnlyMemory<byte> parameters, CancellationToken abandoned)
    {
        try
        {
            return Interlocked.Increment(ref _calls) <= options.Value.MostCalls ? await app.CallAsync(request, parameters, abandoned) : RpcErrors.HostOverloaded;
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }
}
