using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using RootCx.Core.Audit;
using RootCx.Core.Audit.Rows;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Audit;

/// <summary>An app on the stack's database whose tables are made by SQL, in the platform's name and audited, as installing makes them.</summary>
internal sealed class HandMadeApp : IAsyncDisposable
{
    private const string Password = "of-a-test";

    private readonly string _server;

    private HandMadeApp(string server, string id)
    {
        _server = server;
        Id = id;
        Platform = NpgsqlDataSource.Create($"{server};Search Path=rootcx_system;Timezone=UTC");
    }

    /// <summary>The app, and its schema.</summary>
    public string Id { get; }

    /// <summary>Sessions of the platform.</summary>
    public NpgsqlDataSource Platform { get; }

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    /// <summary>Makes an app with the table <c>items</c>.</summary>
    /// <param name="stack">Has the database.</param>
    /// <param name="columns">Those of the table besides its id.</param>
    /// <param name="appId">An app that is there already, or null for a new one.</param>
    public static async Task<HandMadeApp> CreateAsync(PlatformStack stack, string columns = "name text", string? appId = null)
    {
        var app = new HandMadeApp(stack.Own.Description.Postgres, appId ?? App.NewId());
        await app.ExecuteAsync($"insert into apps (id) values ('{app.Id}') on conflict do nothing; create schema if not exists {app.Id}");
        await app.AddTableAsync("items", $"id uuid primary key default gen_random_uuid(), {columns}");
        return app;
    }

    /// <summary>Makes a further table, audited.</summary>
    public async Task AddTableAsync(string name, string columns)
    {
        await using var connection = await Platform.OpenConnectionAsync(CancellationToken);
        var quoted = name.Replace("\"", "\"\"", StringComparison.Ordinal);
        await connection.ExecuteAsync(Sql($"create table $app.\"{quoted}\" ({columns})"));
        await RowAuditTriggers.AttachAsync(connection, Id, [name], CancellationToken);
    }

    /// <summary>Runs statements as the platform; <c>$app</c> stands for the schema.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await Platform.OpenConnectionAsync(CancellationToken);
        await connection.ExecuteAsync(Sql(sql));
    }

    /// <summary>Runs a statement as the platform does on somebody's behalf.</summary>
    public async Task ExecuteAsync(RowActor actor, string sql)
    {
        await using var connection = await Platform.OpenConnectionAsync(CancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand($"select set_config('rootcx.actor_uid', '{actor.UserId}', true), set_config('rootcx.trigger_ref', '{actor.Trigger}', true)"),
                new NpgsqlBatchCommand(Sql(sql)),
            },
        };
        await batch.ExecuteNonQueryAsync(CancellationToken);
    }

    /// <summary>One value, as the platform.</summary>
    public async Task<T?> ReadAsync<T>(string sql)
    {
        await using var connection = await Platform.OpenConnectionAsync(CancellationToken);
        return await connection.ExecuteScalarAsync<T>(Sql(sql));
    }

    /// <summary>A session of the app itself: a login role with the rights that apps have.</summary>
    public async Task<NpgsqlConnection> OpenAsAppAsync()
    {
        var role = $"rootcx_app_{Id}";
        await ExecuteAsync(
            $"""
            do $$ begin
              if not exists (select from pg_roles where rolname = '{role}') then create role {role}; end if;
            end $$;
            alter role {role} login password '{Password}';
            grant usage, create on schema $app to {role};
            grant select, insert, update, delete on all tables in schema $app to {role};
            """);
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_server) { Username = role, Password = Password, Pooling = false, SearchPath = Id }.ConnectionString);
        await connection.OpenAsync(CancellationToken);
        return connection;
    }

    /// <summary>What was recorded of the app's rows, oldest first.</summary>
    public async Task<List<JsonNode>> EntriesAsync(PlatformStack stack, string query = "")
    {
        using var answer = await stack.Admin.GetAsync($"/api/v1/audit?app_id={Id}&order=asc&limit=1000{query}");
        return [.. (await answer.JsonAsync(HttpStatusCode.OK)).AsArray().Select(entry => entry!)];
    }

    public ValueTask DisposeAsync() => Platform.DisposeAsync();

    private string Sql(string sql) => sql.Replace("$app", Id, StringComparison.Ordinal);
}
