using System.Text.Json;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Channels;
using RootCx.Core.Doorbells;
using RootCx.Core.Telemetry;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Channels;

/// <summary>Both ends of a request channel of the test's own, on the stack's storage and database.</summary>
internal sealed class ChannelPair : IAsyncDisposable
{
    private readonly string _schema = App.NewId();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton<PlatformMetrics>().BuildServiceProvider();
    private readonly PlatformMetrics _metrics;
    private readonly NpgsqlDataSource _database;
    private readonly NpgsqlDataSource _heardFrom;
    private readonly Doorbell _doorbell;
    private readonly DoorbellListener _listener;
    private RpcServer _server;

    private ChannelPair(PlatformStack stack, TimeSpan timeout, bool hears)
    {
        // Nobody listens on port 1.
        _heardFrom = NpgsqlDataSource.Create($"{stack.Own.Description.Postgres};Application Name={_schema}{(hears ? "" : ";Port=1;Pooling=false")}");
        _database = NpgsqlDataSource.Create($"{stack.Own.Description.Postgres};Search Path={_schema}");
        _doorbell = new Doorbell(_database, TimeProvider.System, NullLogger<Doorbell>.Instance);
        _listener = new DoorbellListener(_heardFrom, TimeProvider.System, NullLogger<DoorbellListener>.Instance);
        Queues = new QueueServiceClient(stack.Own.Description.Storage, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });
        ClaimChecks = new ClaimChecks(new BlobServiceClient(stack.Own.Description.Storage), NullLogger<ClaimChecks>.Instance);
        _metrics = _services.GetRequiredService<PlatformMetrics>();
        _server = NewServer();
        Client = new RpcClient(
            Queues,
            ClaimChecks,
            _doorbell,
            _listener,
            _database,
            Options.Create(new RpcOptions { Timeout = timeout }),
            _metrics,
            TimeProvider.System,
            NullLogger<RpcClient>.Instance);
    }

    /// <summary>Names the server's queue.</summary>
    public string SupervisorId { get; } = App.NewId();

    /// <summary>The calling end.</summary>
    public RpcClient Client { get; }

    /// <summary>Whether the doorbell is heard.</summary>
    public bool IsHearing => _listener.IsHearing;

    /// <summary>The storage between them.</summary>
    public QueueServiceClient Queues { get; }

    /// <summary>Where large bodies lie.</summary>
    public ClaimChecks ClaimChecks { get; }

    /// <summary>Opens both ends.</summary>
    /// <param name="stack">Has storage and the database.</param>
    /// <param name="handler">The server's.</param>
    /// <param name="timeout">How long a call may take.</param>
    /// <param name="hears">Whether the doorbell is heard.</param>
    public static async Task<ChannelPair> OpenAsync(PlatformStack stack, RpcServer.Handler handler, TimeSpan? timeout = null, bool hears = true)
    {
        var pair = new ChannelPair(stack, timeout ?? TimeSpan.FromSeconds(30), hears);
        await pair.ExecuteAsync(
            $"""
            create schema "{pair._schema}";
            create table supervisors (like rootcx_system.supervisors including all);
            insert into supervisors (id, heartbeat_at) values ('{pair.SupervisorId}', now() + interval '1 hour');
            """);
        await pair._server.OpenAsync(pair.SupervisorId, handler, TestContext.Current.CancellationToken);
        return pair;
    }

    /// <summary>Calls through both queues.</summary>
    public Task<RpcOutcome> CallAsync(string method, byte[] parameters, CancellationToken? cancellationToken = null) =>
        Client.CallAsync([SupervisorId], "app", method, parameters, null, cancellationToken ?? TestContext.Current.CancellationToken);

    /// <summary>The supervisor's heart stopped beating a minute ago.</summary>
    public Task StopHeartbeatAsync() => ExecuteAsync("update supervisors set heartbeat_at = now() - interval '1 minute'");

    /// <summary>The supervisor signed off.</summary>
    public Task SignOffAsync() => ExecuteAsync("delete from supervisors");

    /// <summary>The supervisor's process is gone, and another one takes its place, which knows nothing of what it did.</summary>
    public async Task StartAnewAsync(RpcServer.Handler handler)
    {
        await _server.DisposeAsync();
        await ExecuteAsync("update supervisors set started_at = now(), heartbeat_at = now() + interval '1 hour'");
        _server = NewServer();
        await _server.OpenAsync(SupervisorId, handler, TestContext.Current.CancellationToken);
    }

    /// <summary>The connection on which the doorbell is heard is cut; a new one may be made. Returns whether there was one.</summary>
    public async Task<bool> CutDoorbellAsync()
    {
        await using var command = _database.CreateCommand(
            $"select coalesce(bool_or(pg_terminate_backend(pid)), false) from pg_stat_activity where application_name = '{_schema}'");
        return (bool)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!; // one row
    }

    /// <summary>The supervisor takes nothing more off its queue.</summary>
    public Task CloseServerAsync() => _server.CloseAsync();

    /// <summary>The requests on the server's queue that nobody has taken.</summary>
    public async Task<IEnumerable<RpcKind>> WaitingAsync()
    {
        var messages = await Queues.GetQueueClient($"rpc-{SupervisorId}").PeekMessagesAsync(32, TestContext.Current.CancellationToken);
        return messages.Value.SelectMany(message => Frame.ReadAll(message.Body.ToMemory()))
            .Select(frame => JsonSerializer.Deserialize<RpcRequest>(frame.Header.Span, JsonSerializerOptions.Web)!.Kind); // a request is no null
    }

    /// <summary>Puts a message of these frames on the server's queue, past the client.</summary>
    public async Task PutAsync(params Frame[] frames)
    {
        using var message = new MemoryStream();
        foreach (var frame in frames)
        {
            frame.WriteTo(message);
        }

        await Queues.GetQueueClient($"rpc-{SupervisorId}")
            .SendMessageAsync(new BinaryData(message.ToArray()), cancellationToken: TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.StopAsync(CancellationToken.None);
        await Client.DisposeAsync();
        await _server.DisposeAsync();
        await _listener.DisposeAsync();
        await ExecuteAsync($"drop schema \"{_schema}\" cascade");
        await _doorbell.DisposeAsync();
        await _heardFrom.DisposeAsync();
        await _database.DisposeAsync();
        await Queues.DeleteQueueAsync($"rpc-{SupervisorId}");
    }

    private RpcServer NewServer() => new(Queues, ClaimChecks, _doorbell, _listener, _metrics, TimeProvider.System, NullLogger<RpcServer>.Instance);

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
