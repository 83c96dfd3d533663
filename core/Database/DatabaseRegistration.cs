using Azure.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Settings;

namespace RootCx.Core.Database;

/// <summary>Adds the connection pool and the schema's migrations.</summary>
public static class DatabaseRegistration
{
    /// <summary>
    /// Registers one <see cref="NpgsqlDataSource"/> for the process, its search path set to <see cref="PlatformDatabase.Schema"/>,
    /// and migrates the schema before any other hosted service starts.
    /// </summary>
    /// <exception cref="InvalidOperationException">The connection string is missing, or does not go with <see cref="DatabaseOptions"/>.</exception>
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
        var options = configuration.GetSection(DatabaseOptions.Section);
        var withTokens = options.Get<DatabaseOptions>() is { EntraTokens: true };
        if (withTokens && (!string.IsNullOrEmpty(settings.Password) || string.IsNullOrEmpty(settings.Username)))
        {
            throw new InvalidOperationException(
                "Database__EntraTokens is on: ConnectionStrings__Postgres must have no Password then, and the name of the role that stands for the identity as Username.");
        }

        if (settings.MaxAutoPrepare == 0)
        {
            settings.MaxAutoPrepare = 64;
        }

        Dapper.DefaultTypeMap.MatchNamesWithUnderscores = true;
        services.AddOptions<DatabaseOptions>().Bind(options);
        services.TryAddKeyedSingleton<TokenCredential>(
            PlatformDatabase.ConnectionName, (provider, _) => AzureCredentials.For(provider.GetRequiredService<IOptions<DatabaseOptions>>().Value.ClientId));
        services.AddSingleton(provider =>
        {
            var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = settings.ApplicationName }.UseLoggerFactory(provider.GetService<ILoggerFactory>());
            return withTokens ? builder.UseEntraTokens(provider.GetRequiredKeyedService<TokenCredential>(PlatformDatabase.ConnectionName)).Build() : builder.Build();
        });
        services.AddSingleton<DatabaseHealth>();
        services.AddSingleton<DayPartitions>();
        services.AddSingleton<SchemaMigrator>();
        services.AddHostedService(provider => provider.GetRequiredService<SchemaMigrator>());
        return services;
    }
}
