using Azure.Storage.Blobs;

namespace RootCx.Core.Channels;

/// <summary>Bodies too large for a queue message travel as a blob under a random name, deleted once it was read.</summary>
public sealed class ClaimChecks(BlobServiceClient blobs)
{
    private const string ContainerName = "channel-payloads";

    private readonly BlobContainerClient _container = blobs.GetBlobContainerClient(ContainerName);
    private readonly Lock _gate = new();
    private Task? _created;

    /// <summary>Stores <paramref name="body"/>; returns the blob's name.</summary>
    public async Task<string> CheckInAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        await EnsureContainerAsync();
        var name = Guid.NewGuid().ToString("n");
        await _container.UploadBlobAsync(name, BinaryData.FromBytes(body), cancellationToken);
        return name;
    }

    /// <summary>Reads the body back and deletes the blob.</summary>
    public async Task<ReadOnlyMemory<byte>> CheckOutAsync(string name, CancellationToken cancellationToken)
    {
        var blob = _container.GetBlobClient(name);
        var content = await blob.DownloadContentAsync(cancellationToken);
        await blob.DeleteIfExistsAsync(cancellationToken: cancellationToken);
        return content.Value.Content.ToMemory();
    }

    private Task EnsureContainerAsync()
    {
        lock (_gate)
        {
            if (_created is null or { IsFaulted: true })
            {
                _created = _container.CreateIfNotExistsAsync();
            }

            return _created;
        }
    }
}
