using System.Runtime.CompilerServices;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace RootCx.Core.Storage;

/// <summary>A container of blobs that is made when it is first written to; a failure is tried again by whoever comes next.</summary>
/// <param name="blobs">The storage account.</param>
/// <param name="name">The container's name.</param>
internal sealed class LazyContainer(BlobServiceClient blobs, string name)
{
    private readonly Lock _gate = new();
    private Task? _created;

    /// <summary>The container, whether it is there or not: enough to read and delete.</summary>
    public BlobContainerClient Client { get; } = blobs.GetBlobContainerClient(name);

    /// <summary>The container, once it is there.</summary>
    public async Task<BlobContainerClient> EnsureAsync(CancellationToken cancellationToken)
    {
        Task created;
        lock (_gate)
        {
            if (_created is null or { IsFaulted: true })
            {
                _created = Client.CreateIfNotExistsAsync(cancellationToken: CancellationToken.None);
            }

            created = _created;
        }

        await created.WaitAsync(cancellationToken);
        return Client;
    }

    /// <summary>All that it holds under names that begin with <paramref name="prefix"/>; nothing if it is not there.</summary>
    public async IAsyncEnumerable<StoredItem> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!await Client.ExistsAsync(cancellationToken))
        {
            yield break;
        }

        await foreach (var blob in Client.GetBlobsAsync(BlobTraits.None, BlobStates.None, prefix, cancellationToken))
        {
            yield return new StoredItem(blob.Name, blob.Properties.LastModified ?? DateTimeOffset.MaxValue); // always told in lists
        }
    }
}
