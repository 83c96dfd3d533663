using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;
using RootCx.Core.Settings;

namespace RootCx.Core.Storage;

/// <summary>
/// The storage account, reached with a connection string, or by its addresses and an identity. The settings for the latter are those that Azure Functions has for its own
/// storage: <c>blobServiceUri</c> and <c>queueServiceUri</c>, or <c>accountName</c>, and <c>clientId</c> for one of several managed identities; below
/// <c>ConnectionStrings:Storage</c>, else below <c>AzureWebJobsStorage</c>.
/// </summary>
internal sealed class StorageAccount
{
    private readonly string? _connectionString;
    private readonly Uri? _blobs;
    private readonly Uri? _queues;
    private readonly string? _clientId;

    private StorageAccount(string? connectionString, Uri? blobs, Uri? queues, string? clientId)
    {
        _connectionString = connectionString;
        _blobs = blobs;
        _queues = queues;
        _clientId = clientId;
    }

    /// <summary>The account that the settings name.</summary>
    /// <exception cref="InvalidOperationException">They name none, or not all of it.</exception>
    public static StorageAccount From(IConfiguration configuration)
    {
        if (configuration.GetConnectionString(StorageRegistration.ConnectionName) is { } text && !string.IsNullOrWhiteSpace(text))
        {
            return new StorageAccount(text, blobs: null, queues: null, clientId: null);
        }

        string[] places = [$"ConnectionStrings:{StorageRegistration.ConnectionName}", "AzureWebJobsStorage"];
        return places.Select(place => ByIdentity(configuration.GetSection(place))).FirstOrDefault(account => account is not null)
            ?? throw new InvalidOperationException(
                "No storage account: set ConnectionStrings__Storage or AzureWebJobsStorage to a connection string, or ConnectionStrings__Storage__blobServiceUri and "
                + "ConnectionStrings__Storage__queueServiceUri to its addresses (see local.settings.sample.json and docs/deploy.md).");
    }

    /// <summary>A client for blobs.</summary>
    public BlobServiceClient Blobs(BlobClientOptions options) =>
        _connectionString is not null ? new BlobServiceClient(_connectionString, options) : new BlobServiceClient(_blobs, AzureCredentials.For(_clientId), options);

    /// <summary>A client for queues.</summary>
    public QueueServiceClient Queues(QueueClientOptions options) =>
        _connectionString is not null ? new QueueServiceClient(_connectionString, options) : new QueueServiceClient(_queues, AzureCredentials.For(_clientId), options);

    private static StorageAccount? ByIdentity(IConfigurationSection section)
    {
        var (blobs, queues) = (AddressOf(section, "blob"), AddressOf(section, "queue"));
        if (blobs is null && queues is null)
        {
            return null;
        }

        var place = section.Path.Replace(":", "__", StringComparison.Ordinal);
        return blobs is not null && queues is not null
            ? new StorageAccount(connectionString: null, blobs, queues, section["clientId"])
            : throw new InvalidOperationException($"{place}__blobServiceUri and {place}__queueServiceUri belong together, and only one of them is set.");
    }

    private static Uri? AddressOf(IConfigurationSection section, string service)
    {
        if (section[$"{service}ServiceUri"] is { Length: > 0 } address)
        {
            // A token must not travel in the clear, and the clients refuse to send one so.
            return Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps
                ? uri
                : throw new InvalidOperationException(
                    $"{section.Path.Replace(":", "__", StringComparison.Ordinal)}__{service}ServiceUri must be an https address such as https://<account>.{service}.core.windows.net.");
        }

        return section["accountName"] is { Length: > 0 } account ? new Uri($"https://{account}.{service}.core.windows.net") : null;
    }
}
