namespace RootCx.SupervisorHost.Rpc;

/// <summary>Adds the dispatching of calls.</summary>
public static class RpcDispatchRegistration
{
    /// <summary>Registers it last: it stops first, so that no call arrives while workers are being stopped.</summary>
    public static IServiceCollection AddRpcDispatching(this IServiceCollection services) => services.AddHostedService<RpcDispatcher>();
}
