using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using RootCx.Core.Apps;
using RootCx.Core.Audit;
using RootCx.Core.Auth;
using RootCx.Core.Auth.External;
using RootCx.Core.Collections;
using RootCx.Core.Crons;
using RootCx.Core.Database;
using RootCx.Core.Doorbells;
using RootCx.Core.Hooks;
using RootCx.Core.Jobs;
using RootCx.Core.Manifests;
using RootCx.Core.Schemas;
using RootCx.Core.Secrets;

namespace RootCx.Tests.Platform;

/// <summary>The platform's core on a database that nobody has used yet.</summary>
internal sealed class EmptyPlatform : IAsyncDisposable
{
    // Per server, a database as the migrations make it. To copy it takes a fraction of the time.
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Templates = new();

    private readonly ServiceProvider _services;

    private EmptyPlatform(ServiceProvider services, string connectionString)
    {
        _services = services;
        ConnectionString = connectionString;
    }

    /// <summary>Opens the database.</summary>
    public string ConnectionString { get; }

    /// <summary>Accounts.</summary>
    public Accounts Accounts => _services.GetRequiredService<Accounts>();

    /// <summary>Permissions.</summary>
    public Permissions Permissions => _services.GetRequiredService<Permissions>();

    /// <summary>Any other part.</summary>
    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>Makes a database on the stack's server, migrated already.</summary>
    /// <param name="stack">Has the server.</param>
    /// <param name="settings">Further settings.</param>
    public static async Task<EmptyPlatform> CreateAsync(PlatformStack stack, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var server = stack.Own.Description.Postgres;
        var template = await Templates.GetOrAdd(server, key => new Lazy<Task<string>>(() => MigratedAsync(key))).Value;
        return await OnAsync(On(server, await CreateDatabaseAsync(server, template)), settings);
    }

    /// <summary>On a database that somebody has made already, which is migrated now.</summary>
    public static Task<EmptyPlatform> WithAsync(string connectionString) => OnAsync(connectionString, settings: null);

    /// <summary>Another instance on the same database.</summary>
    public Task<EmptyPlatform> AnotherAsync() => OnAsync(ConnectionString, settings: null);

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static async Task<string> MigratedAsync(string server)
    {
        var name = await CreateDatabaseAsync(server, "template1");
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["ConnectionStrings:Postgres"] = On(server, name) });
        await using var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddPlatformDatabase(configuration).BuildServiceProvider();
        foreach (var hosted in services.GetServices<IHostedService>())
        {
            await hosted.StartAsync(CancellationToken.None); // others wait for it too
        }

        return name;
    }

    private static async Task<string> CreateDatabaseAsync(string server, string template)
    {
        var name = App.NewId();
        await using var admin = NpgsqlDataSource.Create(server);
        await using var create = admin.CreateCommand($"create database \"{name}\" template \"{template}\"");
        await create.ExecuteNonQueryAsync(CancellationToken.None); // see above
        return name;
    }

    private static string On(string server, string database) => new NpgsqlConnectionStringBuilder(server) { Database = database }.ConnectionString;

    private static async Task<EmptyPlatform> OnAsync(string connectionString, IReadOnlyDictionary<string, string?>? settings)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:Postgres"] = connectionString,
            ["Auth:JwtSecret"] = new string('s', 32),
            ["Secrets:MasterKey"] = new string('a', 64),
        });
        configuration.AddInMemoryCollection(settings ?? new Dictionary<string, string?>());
        var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(configuration)
            .AddLogging()
            .AddSingleton(TimeProvider.System)
            .AddPlatformDatabase(configuration)
            .AddAuth()
            .AddExternalIssuers()
            .AddDoorbells()
            .AddJobs()
            .AddJobLedger()
            .AddCrons()
            .AddSecrets()
            .AddAudit()
            .AddHooks()
            .AddAppDatabases()
            .AddSchemas()
            .AddManifests()
            .AddCollections()
            .AddAppInstalls()
            .BuildServiceProvider();
        foreach (var hosted in services.GetServices<IHostedService>())
        {
            await hosted.StartAsync(TestContext.Current.CancellationToken);
        }

        return new EmptyPlatform(services, connectionString);
    }
}
