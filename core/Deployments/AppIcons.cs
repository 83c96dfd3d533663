using Azure.Storage.Blobs;
using Dapper;
using Npgsql;
using RootCx.Core.Storage;

namespace RootCx.Core.Deployments;

/// <summary>Keeps apps' icons: bytes in blob storage, which version has which in the database. An app has that of its live version.</summary>
public sealed class AppIcons(NpgsqlDataSource database, BlobServiceClient blobs)
{
    /// <summary>Largest icon, in bytes.</summary>
    public const int MostBytes = 1024 * 1024;

    private static readonly Dictionary<string, string> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        [".png"] = "image/png",
        [".jpg"] = "image/jpeg",
        [".jpeg"] = "image/jpeg",
        [".gif"] = "image/gif",
        [".webp"] = "image/webp",
        [".avif"] = "image/avif",
        [".svg"] = "image/svg+xml",
        [".ico"] = "image/x-icon",
    };

    private readonly LazyContainer _container = new(blobs, "icons");

    /// <summary>The type of an image by its name's ending; null for what is no image.</summary>
    public static string? TypeOf(string path) => Types.GetValueOrDefault(Path.GetExtension(path));

    /// <summary>Stores an image; returns its id.</summary>
    public async Task<Guid> StoreAsync(string appId, AppIcon icon, CancellationToken cancellationToken)
    {
        await _container.EnsureAsync(cancellationToken);
        var id = Guid.NewGuid();
        await BlobOf(appId, id).UploadAsync(new BinaryData(icon.Bytes), overwrite: true, cancellationToken);
        return id;
    }

    /// <summary>Deletes an image that is no version's icon any more.</summary>
    internal Task DeleteAsync(string appId, Guid icon, CancellationToken cancellationToken) => DeleteAsync(NameOf(appId, icon), cancellationToken);

    /// <summary>The same, by its blob's name.</summary>
    internal Task DeleteAsync(string name, CancellationToken cancellationToken) => _container.Client.GetBlobClient(name).DeleteIfExistsAsync(cancellationToken: cancellationToken);

    /// <summary>The images whose blobs' names begin so.</summary>
    internal IAsyncEnumerable<StoredItem> ListAsync(string prefix, CancellationToken cancellationToken) => _container.ListAsync(prefix, cancellationToken);

    /// <summary>The app's icon, or null.</summary>
    public async Task<AppIcon?> FindAsync(string appId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var (id, type) = await connection.QuerySingleOrDefaultAsync<(Guid? Icon, string? Type)>(new CommandDefinition(
            "select icon, icon_type from apps where id = @appId", new { appId }, cancellationToken: cancellationToken));
        if (id is not { } icon || type is null)
        {
            return null;
        }

        var blob = BlobOf(appId, icon);
        return await blob.ExistsAsync(cancellationToken) // it may be replaced in this moment
            ? new AppIcon((await blob.DownloadContentAsync(cancellationToken)).Value.Content.ToMemory(), type)
            : null;
    }

    private BlobClient BlobOf(string appId, Guid icon) => _container.Client.GetBlobClient(NameOf(appId, icon));

    private static string NameOf(string appId, Guid icon) => $"{appId}/{icon:n}";
}

/// <summary>An image.</summary>
/// <param name="Bytes">Its file.</param>
/// <param name="ContentType">Such as <c>image/png</c>.</param>
public sealed record AppIcon(ReadOnlyMemory<byte> Bytes, string ContentType);
