using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using RootCx.Core.Database;
using RootCx.Core.Storage;

namespace RootCx.Core.Health;

/// <summary>Adds the answer to whether this process can work.</summary>
public static class HealthRegistration
{
    /// <summary>No answer of a dependency within this time is a no.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Registers <see cref="HealthCheckService"/> with what every host depends on; needs database and storage. Hosts add their own.</summary>
    public static IHealthChecksBuilder AddDependencyChecks(this IServiceCollection services) => services
        .AddLogging(logging => logging.AddFilter(typeof(HealthCheckService).Namespace, LogLevel.None)) // who asks is told
        .AddHealthChecks()
        .AddCheck<DatabaseHealth>("postgres", timeout: Patience)
        .AddCheck<StorageHealth>("storage", timeout: Patience);
}
