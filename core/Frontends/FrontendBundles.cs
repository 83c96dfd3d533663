using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using RootCx.Core.Storage;

namespace RootCx.Core.Frontends;

/// <summary>
/// Keeps unpacked front ends in blob storage: for each a blob with the content of all files and one with their index, however many files there are. A bundle is written once and
/// never changed. Its index comes last, so one without an index is none.
/// </summary>
public sealed class FrontendBundles(BlobServiceClient blobs)
{
    // Held in memory while a bundle is written, and while a large file is sent.
    private const int WriteBytes = 1024 * 1024;
    private const int ReadBytes = 256 * 1024;
    private const string Content = "/content";
    private const string Index = "/index";

    private readonly LazyContainer _container = new(blobs, "frontends");

    /// <summary>A name for a new bundle.</summary>
    public static string NewName(string appId) => $"{appId}/{Guid.NewGuid():n}";

    /// <summary>Writes a bundle.</summary>
    /// <param name="bundle">Its name.</param>
    /// <param name="pack">Writes the content and returns the index. If it throws, a part of the bundle may be left, which is the caller's to delete.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task WriteAsync(string bundle, Func<Stream, Task<byte[]>> pack, CancellationToken cancellationToken)
    {
        var container = await _container.EnsureAsync(cancellationToken);
        byte[] index;
        await using (var content = await container.GetBlockBlobClient(bundle + Content).OpenWriteAsync(
            overwrite: true, new BlockBlobOpenWriteOptions { BufferSize = WriteBytes }, cancellationToken))
        {
            index = await pack(content);
        }

        await container.GetBlobClient(bundle + Index).UploadAsync(new BinaryData(index), cancellationToken);
    }

    /// <summary>What a bundle has; null if it is not there any more.</summary>
    public async Task<FrontendIndex?> ReadIndexAsync(string bundle, CancellationToken cancellationToken)
    {
        var index = await IfThereAsync(_container.Client.GetBlobClient(bundle + Index).DownloadContentAsync(cancellationToken));
        return index is null ? null : FrontendIndex.Read(index.Value.Content.ToArray());
    }

    /// <summary>Bytes of the content, whole; null if the bundle is not there any more.</summary>
    public async Task<byte[]?> ReadAsync(string bundle, BlobExtent extent, CancellationToken cancellationToken)
    {
        if (extent.Length == 0)
        {
            return []; // there is no range of nothing
        }

        var answer = await IfThereAsync(_container.Client.GetBlobClient(bundle + Content).DownloadContentAsync(
            new BlobDownloadOptions { Range = new HttpRange(extent.Offset, extent.Length) }, cancellationToken));
        return answer?.Value.Content.ToArray();
    }

    /// <summary>Bytes of the content, as a stream that can seek and reads what it needs; null if the bundle is not there any more.</summary>
    public async Task<Stream?> OpenAsync(string bundle, BlobExtent extent, CancellationToken cancellationToken)
    {
        var content = await IfThereAsync(_container.Client.GetBlobClient(bundle + Content).OpenReadAsync(
            new BlobOpenReadOptions(allowModifications: false) { BufferSize = ReadBytes }, cancellationToken));
        return content is null ? null : new ExtentStream(content, extent);
    }

    /// <summary>Deletes a bundle, or what there is of it.</summary>
    public async Task DeleteAsync(string bundle, CancellationToken cancellationToken)
    {
        foreach (var part in (string[])[Index, Content])
        {
            await _container.Client.GetBlobClient(bundle + part).DeleteIfExistsAsync(cancellationToken: cancellationToken);
        }
    }

    /// <summary>The bundles whose names begin so, the parts of unfinished ones included, each with the time of its last writing.</summary>
    public async IAsyncEnumerable<StoredItem> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        StoredItem? current = null; // blobs come by their names
        await foreach (var blob in _container.ListAsync(prefix, cancellationToken))
        {
            var bundle = new StoredItem(blob.Name[..blob.Name.LastIndexOf('/')], blob.LastModified);
            if (current is { } before && before.Name != bundle.Name)
            {
                yield return before;
                current = null;
            }

            current = current is { } same && same.LastModified > bundle.LastModified ? same : bundle;
        }

        if (current is { } last)
        {
            yield return last;
        }
    }

    private static async Task<T?> IfThereAsync<T>(Task<T> reading)
        where T : class
    {
        try
        {
            return await reading;
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobNotFound || exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            return null;
        }
    }
}
