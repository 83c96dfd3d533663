using Azure.Storage.Blobs;
using Dapper;
using Npgsql;

namespace RootCx.Core.Apps;

/// <summary>Keeps apps' icons: bytes in blob storage, which of them counts in the database.</summary>
public sealed class AppIcons(NpgsqlDataSource database, BlobServiceClient blobs)
{
    /// <summary>Largest icon, in bytes.</summary>
    public const int MostBytes = 1024 * 1024;

    private const string ContainerName = "icons";

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

    private readonly BlobContainerClient _container = blobs.GetBlobContainerClient(ContainerName);

    /// <summary>The type of an image by its name's ending; null for what is no image.</summary>
    public static string? TypeOf(string path) => Types.GetValueOrDefault(Path.GetExtension(path));

    /// <summary>Makes an image the app's icon in the place of the one it had; null takes that away.</summary>
    public async Task SetAsync(string appId, AppIcon? icon, CancellationToken cancellationToken)
    {
        Guid? id = null;
        if (icon is not null)
        {
            id = Guid.NewGuid();
            await _container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            await BlobOf(appId, id.Value).UploadAsync(new BinaryData(icon.Bytes), overwrite: true, cancellationToken);
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var replaced = await connection.QuerySingleOrDefaultAsync<(bool IsThere, Guid? Icon)>(new CommandDefinition(
            """
            update apps set icon = @id, icon_type = @type
            from (select id, icon from apps where id = @appId for no key update) before
            where apps.id = before.id
            returning true, before.icon
            """,
            new { appId, id, type = icon?.ContentType }, cancellationToken: cancellationToken));
        if ((replaced.IsThere ? replaced.Icon : id) is { } unused)
        {
            await DeleteAsync(appId, unused);
        }
    }

    /// <summary>Deletes an image that is nobody's icon any more.</summary>
    internal Task DeleteAsync(string appId, Guid icon) => BlobOf(appId, icon).DeleteIfExistsAsync();

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

    private BlobClient BlobOf(string appId, Guid icon) => _container.GetBlobClient($"{appId}/{icon:n}");
}

/// <summary>An image.</summary>
/// <param name="Bytes">Its file.</param>
/// <param name="ContentType">Such as <c>image/png</c>.</param>
public sealed record AppIcon(ReadOnlyMemory<byte> Bytes, string ContentType);
