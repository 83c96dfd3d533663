using System.Security.Cryptography;
using Azure.Storage.Blobs;
using RootCx.Core.Errors;

namespace RootCx.Core.Deployments;

/// <summary>Keeps deploy archives as they were uploaded, in blob storage.</summary>
public sealed class DeploymentArchives(BlobServiceClient blobs)
{
    private const string ContainerName = "deployments";

    private readonly BlobContainerClient _container = blobs.GetBlobContainerClient(ContainerName);

    /// <summary>Streams an archive into a new blob, at most <paramref name="limit"/> bytes. Whatever fails leaves no blob behind.</summary>
    /// <exception cref="RefusedException">Empty (400), or over the limit (413).</exception>
    public async Task<StoredArchive> StoreAsync(string appId, Stream archive, long limit, CancellationToken cancellationToken)
    {
        await _container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        var name = $"{appId}/{Guid.NewGuid():n}.tar.gz";
        var blob = _container.GetBlobClient(name);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            long size = 0;
            await using (var target = await blob.OpenWriteAsync(overwrite: true, cancellationToken: cancellationToken))
            {
                var buffer = new byte[128 * 1024];
                int read;
                while ((read = await archive.ReadAsync(buffer, cancellationToken)) > 0)
                {
                    size += read;
                    if (size > limit)
                    {
                        throw new RefusedException(Refusal.TooLarge, $"archive too large: at most {limit} bytes");
                    }

                    hash.AppendData(buffer, 0, read);
                    await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                }
            }

            return size > 0
                ? new StoredArchive(name, Convert.ToHexStringLower(hash.GetCurrentHash()), size)
                : throw new RefusedException(Refusal.Invalid, "empty archive");
        }
        catch (Exception)
        {
            await blob.DeleteIfExistsAsync(cancellationToken: CancellationToken.None);
            throw;
        }
    }

    /// <summary>Removes an archive that no deployment refers to.</summary>
    public Task DeleteAsync(string name) => _container.GetBlobClient(name).DeleteIfExistsAsync();

    /// <summary>The archive's bytes.</summary>
    public async Task<Stream> OpenAsync(string name, CancellationToken cancellationToken) =>
        await _container.GetBlobClient(name).OpenReadAsync(cancellationToken: cancellationToken);
}

/// <summary>An archive in blob storage.</summary>
/// <param name="Name">Of the blob.</param>
/// <param name="Sha256">Of the bytes as uploaded; lower-case hex.</param>
/// <param name="Size">In bytes.</param>
public sealed record StoredArchive(string Name, string Sha256, long Size);
