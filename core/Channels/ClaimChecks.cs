using Azure.Storage.Blobs;
using RootCx.Core.Storage;

namespace RootCx.Core.Channels;

/// <summary>Bodies too large for a queue message travel as a blob under a random name, deleted once it was read.</summary>
public sealed class ClaimChecks(BlobServiceClient blobs)
{
    private readonly LazyContainer _container = new(blobs, "channel-payloads");

    /// <summary>Stores <paramref name="body"/>; returns the blob's name.</summary>
    public async Task<string> CheckInAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var container = await _container.EnsureAsync(cancellationToken);
        var name = Guid.NewGuid().ToString("n");
        await container.UploadBlobAsync(name, BinaryData.FromBytes(body), cancellationToken);
        return name;
    }

    /// <summary>Reads the body back and deletes the blob.</summary>
    public async Task<ReadOnlyMemory<byte>> CheckOutAsync(string name, CancellationToken cancellationToken)
    {
        var blob = _container.Client.GetBlobClient(name);
        var content = await blob.DownloadContentAsync(cancellationToken);
        await blob.DeleteIfExistsAsync(cancellationToken: cancellationToken);
        return content.Value.Content.ToMemory();
    }
}
