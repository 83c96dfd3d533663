using Azure;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using RootCx.Core.Storage;

namespace RootCx.Core.Deployments;

/// <summary>
/// Keeps deploy archives as they were uploaded, in blob storage. An app's archive is named by its content, so the same one is stored once however often it is
/// deployed; whoever takes one away does so under the lock of the app's deployments, and only if none of them has it.
/// </summary>
public sealed class DeploymentArchives(BlobServiceClient blobs)
{
    private const int PartBytes = 4 * 1024 * 1024;

    // So that a part that gets no answer is soon tried again, or given up.
    private static readonly StorageTransferOptions InParts = new() { InitialTransferSize = PartBytes, MaximumTransferSize = PartBytes, MaximumConcurrency = 1 };

    private readonly LazyContainer _container = new(blobs, "deployments");

    /// <summary>Stores an archive, unless it is there already.</summary>
    public async Task<StoredArchive> StoreAsync(string appId, SpooledArchive archive, CancellationToken cancellationToken)
    {
        var container = await _container.EnsureAsync(cancellationToken);
        var name = $"{appId}/{archive.Sha256}.tar.gz";
        try
        {
            await container.GetBlobClient(name).UploadAsync(
                archive.Read(), new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All }, TransferOptions = InParts }, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobAlreadyExists)
        {
            // The same bytes.
        }

        return new StoredArchive(name, archive.Sha256, archive.Size);
    }

    /// <summary>Whether an archive is there; that holds for as long as the lock of the app's deployments is held.</summary>
    internal async Task<bool> ExistsAsync(string name, CancellationToken cancellationToken) => await _container.Client.GetBlobClient(name).ExistsAsync(cancellationToken);

    /// <summary>Removes an archive; see the lock above.</summary>
    internal Task DeleteAsync(string name, CancellationToken cancellationToken) => _container.Client.GetBlobClient(name).DeleteIfExistsAsync(cancellationToken: cancellationToken);

    /// <summary>The archives whose names begin so.</summary>
    internal IAsyncEnumerable<StoredItem> ListAsync(string prefix, CancellationToken cancellationToken) => _container.ListAsync(prefix, cancellationToken);

    /// <summary>The archive's bytes; null if it is not there any more.</summary>
    public async Task<Stream?> OpenAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await _container.Client.GetBlobClient(name).OpenReadAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobNotFound || exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            return null;
        }
    }
}

/// <summary>An archive in blob storage.</summary>
/// <param name="Name">Of the blob.</param>
/// <param name="Sha256">Of the bytes as uploaded; lower-case hex.</param>
/// <param name="Size">In bytes.</param>
public sealed record StoredArchive(string Name, string Sha256, long Size);
