using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using RootCx.Core.Database;
using RootCx.Core.Deployments;
using RootCx.Core.Doorbells;
using RootCx.Core.Frontends;
using RootCx.Core.Retention;
using RootCx.Core.Storage;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Deployments;

/// <summary>The deletion of versions on the stack's database and storage, with settings and a clock of its own.</summary>
internal sealed class RetentionHost(ServiceProvider services) : IAsyncDisposable
{
    /// <summary>Ready to use.</summary>
    /// <param name="stack">Has the database and the storage.</param>
    /// <param name="kept">How many versions are kept.</param>
    /// <param name="ahead">How far its clock is ahead.</param>
    public static RetentionHost On(PlatformStack stack, int kept = 20, TimeSpan ahead = default)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:Postgres"] = stack.Own.Description.Postgres,
            ["ConnectionStrings:Storage"] = stack.Own.Description.Storage,
            ["Deployments:KeptVersions"] = $"{kept}",
        });
        return new RetentionHost(new ServiceCollection()
            .AddSingleton<IConfiguration>(configuration)
            .AddLogging()
            .AddSingleton<TimeProvider>(new SetClock(DateTimeOffset.UtcNow + ahead))
            .AddPlatformDatabase(configuration)
            .AddStorage(configuration)
            .AddDoorbells()
            .AddDeploymentProgress()
            .AddSingleton<FrontendBundles>()
            .AddRetention()
            .BuildServiceProvider());
    }

    /// <summary>A part.</summary>
    public T Get<T>()
        where T : notnull => services.GetRequiredService<T>();

    public ValueTask DisposeAsync() => services.DisposeAsync();
}
