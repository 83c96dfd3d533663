using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging;
using RootCx.Core.Storage;

namespace RootCx.Core.Channels;

/// <summary>Bodies too large for a queue message travel as a blob under a random name, deleted once it was read.</summary>
public sealed partial class ClaimChecks(BlobServiceClient blobs, ILogger<ClaimChecks> logger)
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

    /// <summary>Reads the body back. The blob is deleted meanwhile; one that can't be is swept later.</summary>
    public async Task<ReadOnlyMemory<byte>> CheckOutAsync(string name, CancellationToken cancellationToken)
    {
        var blob = _container.Client.GetBlobClient(name);
        var content = await blob.DownloadContentAsync(cancellationToken);
        _ = DeleteAsync(blob);
        return content.Value.Content.ToMemory();
    }

    /// <summary>Deletes the bodies that nobody fetched, which were stored before <paramref name="before"/>; returns how many.</summary>
    /// <param name="prefix">Only those whose names begin so.</param>
    /// <param name="before">Longer ago than any message that names them is kept.</param>
    /// <param name="cancellationToken">Stops between two of them.</param>
    public async Task<int> SweepAsync(string prefix, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var deleted = 0;
        await foreach (var body in _container.ListAsync(prefix, cancellationToken))
        {
            if (body.LastModified < before && await _container.Client.DeleteBlobIfExistsAsync(body.Name, cancellationToken: cancellationToken))
            {
                deleted++;
            }
        }

        return deleted;
    }

    private async Task DeleteAsync(BlobClient blob)
    {
        try
        {
            await blob.DeleteIfExistsAsync();
        }
        catch (Exception exception) when (exception.IsStorageFault())
        {
            Log.NotDeleted(logger, exception, blob.Name);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1204, LogLevel.Warning, "The body {Blob} was read but not deleted; it is swept later")]
        public static partial void NotDeleted(ILogger logger, Exception exception, string blob);
    }
}
