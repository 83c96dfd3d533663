using Microsoft.Extensions.DependencyInjection;
using RootCx.Core.Settings;

namespace RootCx.Core.Channels;

/// <summary>Adds one end of the request channel.</summary>
public static class ChannelRegistration
{
    /// <summary>Registers the API's end; needs storage and doorbells.</summary>
    public static IServiceCollection AddRpcClient(this IServiceCollection services) => services
        .AddValidatedOptions<RpcOptions>(RpcOptions.Section)
        .AddSingleton<ClaimChecks>()
        .AddSingleton<ChannelSweeper>()
        .AddSingleton<RpcClient>()
        .AddHostedService(provider => provider.GetRequiredService<RpcClient>());

    /// <summary>Registers a supervisor's end; needs storage and doorbells.</summary>
    public static IServiceCollection AddRpcServer(this IServiceCollection services) => services
        .AddSingleton<ClaimChecks>()
        .AddSingleton<RpcServer>();
}
