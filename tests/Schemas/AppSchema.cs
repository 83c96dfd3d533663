using Dapper;
using Npgsql;
using RootCx.Core.Apps;
using RootCx.Core.Audit.Rows;
using RootCx.Core.Json;
using RootCx.Core.Manifests;
using RootCx.Core.Schemas;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Schemas;

/// <summary>An app's part of the database, as tests see it.</summary>
internal sealed class AppSchema(EmptyPlatform platform, string appId)
{
    private readonly SchemaSync _sync = platform.Get<SchemaSync>();

    /// <summary>The app.</summary>
    public string Id => appId;

    /// <summary>A manifest of the app with these entities.</summary>
    public Manifest With(params Entity[] entities) => new(appId, entities) { Name = appId, Source = new RawJson("{}") };

    /// <summary>What an install would change.</summary>
    public async Task<IReadOnlyList<SchemaChange>> CompareAsync(params Entity[] entities)
    {
        await using var connection = await OpenAsync();
        return await _sync.CompareAsync(connection, With(entities), TestContext.Current.CancellationToken);
    }

    /// <summary>Installs.</summary>
    public async Task<IReadOnlyList<SchemaChange>> ApplyAsync(params Entity[] entities)
    {
        await using var connection = await OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        var changes = await _sync.ApplyAsync(connection, With(entities), TestContext.Current.CancellationToken);
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        return changes;
    }

    /// <summary>Installs what is not to be possible; the error's SQLSTATE.</summary>
    public async Task<string> FailsAsync(params Entity[] entities) => (await Assert.ThrowsAsync<PostgresException>(() => ApplyAsync(entities))).SqlState;

    /// <summary>Runs SQL as the platform, the app's schema being the one that names stand in.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await connection.ExecuteAsync($"set local search_path = \"{appId}\", rootcx_system; {sql}");
    }

    /// <summary>The same, with its result.</summary>
    public async Task<T?> ReadAsync<T>(string sql)
    {
        await using var connection = await OpenAsync();
        return await connection.ExecuteScalarAsync<T>($"set local search_path = \"{appId}\", rootcx_system; {sql}");
    }

    /// <summary>Records what becomes of a table's rows, as an install does.</summary>
    public async Task AuditAsync(string table)
    {
        await using var connection = await OpenAsync();
        await RowAuditTriggers.AttachAsync(connection, appId, [table], TestContext.Current.CancellationToken);
    }

    /// <summary>Drops all of it.</summary>
    public async Task DropAsync()
    {
        await using var connection = await OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await platform.Get<AppDatabase>().DropAsync(connection, appId, TestContext.Current.CancellationToken);
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>What the app's own code logs in with.</summary>
    public Task<AppDatabaseAccess> AccessAsync() => platform.Get<AppDatabase>().EnsureAsync(appId, TestContext.Current.CancellationToken);

    /// <summary>A session of the app's own code.</summary>
    public async Task<NpgsqlConnection> LogInAsync() => await LogInAsync(await AccessAsync());

    /// <summary>A session with this login.</summary>
    public static async Task<NpgsqlConnection> LogInAsync(AppDatabaseAccess access)
    {
        var url = new Uri(access.Url);
        var user = url.UserInfo.Split(':');
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = url.Host,
            Port = url.Port,
            Database = url.AbsolutePath[1..],
            Username = user[0],
            Password = user[1],
            Pooling = false,
        }.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    private async Task<NpgsqlConnection> OpenAsync() => await platform.Get<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
}
