using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using RootCx.Functions.Api;
using RootCx.SupervisorHost.Hosting;

namespace RootCx.Tests.Settings;

/// <summary>Has a host bind and check its settings, as it does when it starts, without starting it.</summary>
internal static class HostValidation
{
    /// <summary>The API's services.</summary>
    /// <exception cref="Exception">What it would refuse to start with.</exception>
    public static ServiceProvider Api(IReadOnlyDictionary<string, string> environment) => Validate(environment, (services, configuration) => services.AddApi(configuration));

    /// <summary>A supervisor's services.</summary>
    /// <exception cref="Exception">What it would refuse to start with.</exception>
    public static ServiceProvider Supervisor(IReadOnlyDictionary<string, string> environment) =>
        Validate(environment, (services, configuration) => services.AddSupervisor(configuration));

    private static ServiceProvider Validate(IReadOnlyDictionary<string, string> environment, Action<IServiceCollection, ConfigurationManager> register)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(environment.ToDictionary(one => one.Key.Replace("__", ":", StringComparison.Ordinal), string? (one) => one.Value));
        var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration);
        register(services, configuration);
        var provider = services.BuildServiceProvider();
        provider.GetRequiredService<IStartupValidator>().Validate();
        return provider;
    }
}
