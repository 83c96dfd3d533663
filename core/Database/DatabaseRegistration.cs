using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace RootCx.Core.Database;

/// <summary>Adds the connection pool and the schema's migrations.</summary>
public static class DatabaseRegistration
{
    /// <summary>
    /// Registers one <see cref="NpgsqlDataSource"/> for the process, its search path set to <see cref="PlatformDatabase.Schema"/>,
    /// and migrates the schema before any other hosted service starts.
    /// </summary>
    /// <exception cref="InvalidOperationException">The connection string is missing.</exception>
    public static IServiceCollection AddPlatformDatabase(this IServiceCollection services, IConfiguration configuration)
    {
        var connectionString = configuration.GetConnectionString(PlatformDatabase.ConnectionName);
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            throw new InvalidOperationException(
                "No connection string for PostgreSQL: set ConnectionStrings__Postgres (see local.settings.sample.json).");
        }

        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            SearchPath = PlatformDatabase.Schema,
            Timezone = "UTC",
            ApplicationName = "rootcx",
            NoResetOnClose = true, // nothing here leaves anything behind in a session
        };
        if (settings.MaxAutoPrepare == 0)
        {
            settings.MaxAutoPrepare = 64;
        }

        Dapper.DefaultTypeMap.MatchNamesWithUnderscores = true;
        services.AddSingleton(provider => new NpgsqlDataSourceBuilder(settings.ConnectionString)
            .UseLoggerFactory(provider.GetService<ILoggerFactory>())
            .Build());
        services.AddSingleton<DatabaseHealth>();
        services.AddSingleton<DayPartitions>();
        services.AddSingleton<SchemaMigrator>();
        services.AddHostedService(provider => provider.GetRequiredService<SchemaMigrator>());
        return services;
    }
}
