using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Channels;
using RootCx.Core.Doorbells;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Channels;

/// <summary>Both ends of a request channel of the test's own, on the stack's storage and database.</summary>
internal sealed class ChannelPair : IAsyncDisposable
{
    private readonly NpgsqlDataSource _database;
    private readonly Doorbell _doorbell;
    private readonly DoorbellListener _listener;
    private readonly RpcServer _server;

    private ChannelPair(PlatformStack stack, TimeSpan timeout)
    {
        _database = NpgsqlDataSource.Create(stack.Own.Description.Postgres);
        _doorbell = new Doorbell(_database, TimeProvider.System, NullLogger<Doorbell>.Instance);
        _listener = new DoorbellListener(_database, TimeProvider.System, NullLogger<DoorbellListener>.Instance);
        Queues = new QueueServiceClient(stack.Own.Description.Storage, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });
        ClaimChecks = new ClaimChecks(new BlobServiceClient(stack.Own.Description.Storage));
        _server = new RpcServer(Queues, ClaimChecks, _doorbell, _listener, TimeProvider.System, NullLogger<RpcServer>.Instance);
        Client = new RpcClient(
            Queues, ClaimChecks, _doorbell, _listener, Options.Create(new RpcOptions { Timeout = timeout }), TimeProvider.System, NullLogger<RpcClient>.Instance);
    }

    /// <summary>Names the server's queue.</summary>
    public string SupervisorId { get; } = App.NewId();

    /// <summary>The calling end.</summary>
    public RpcClient Client { get; }

    /// <summary>The storage between them.</summary>
    public QueueServiceClient Queues { get; }

    /// <summary>Where large bodies lie.</summary>
    public ClaimChecks ClaimChecks { get; }

    /// <summary>Opens both ends.</summary>
    public static async Task<ChannelPair> OpenAsync(PlatformStack stack, RpcServer.Handler handler, TimeSpan? timeout = null)
    {
        var pair = new ChannelPair(stack, timeout ?? TimeSpan.FromSeconds(30));
        await pair._server.OpenAsync(pair.SupervisorId, handler, TestContext.Current.CancellationToken);
        return pair;
    }

    /// <summary>Calls through both queues.</summary>
    public Task<RpcOutcome> CallAsync(string method, byte[] parameters, CancellationToken? cancellationToken = null) =>
        Client.CallAsync(SupervisorId, "app", method, parameters, null, cancellationToken ?? TestContext.Current.CancellationToken);

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
        await _doorbell.DisposeAsync();
        await _database.DisposeAsync();
        await Queues.DeleteQueueAsync($"rpc-{SupervisorId}");
    }
}
