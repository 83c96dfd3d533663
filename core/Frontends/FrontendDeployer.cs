using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Audit;
using RootCx.Core.Deployments;
using RootCx.Core.Deployments.Archives;
using RootCx.Core.Errors;
using RootCx.Core.Storage;

namespace RootCx.Core.Frontends;

/// <summary>Takes front ends: unpacks the archive, packs its files for serving, and makes them the live ones.</summary>
public sealed partial class FrontendDeployer(
    ArchiveExtractor extractor,
    DeploymentArchives archives,
    FrontendBundles bundles,
    FrontendStore store,
    LiveFrontends live,
    IOptions<DeploymentOptions> deployments,
    IOptions<ArchiveLimits> limits,
    IOptions<FrontendOptions> options,
    TimeProvider time,
    ILogger<FrontendDeployer> logger) : IDisposable
{
    private const string Prefix = "rootcx-frontend-";

    private static readonly TimeSpan Abandoned = TimeSpan.FromHours(1); // no deploy takes so long

    // Each has an unpacked archive on the disk of an instance that answers calls meanwhile.
    private readonly SemaphoreSlim _packing = new(Environment.ProcessorCount);

    /// <summary>Makes the files of <paramref name="upload"/> the app's front end, in the place of the one it had.</summary>
    /// <exception cref="RefusedException">The archive is empty (400), too large (413), or can't be unpacked (400). Then the front end that was served before is served on.</exception>
    public async Task DeployAsync(string appId, Stream upload, Actor actor, CancellationToken cancellationToken)
    {
        await using var archive = await SpooledArchive.ReceiveAsync(upload, deployments.Value.ArchiveBytes, cancellationToken);
        var bundle = FrontendBundles.NewName(appId);
        try
        {
            await _packing.WaitAsync(cancellationToken);
            try
            {
                await PackAsync(archive, bundle, cancellationToken);
            }
            finally
            {
                _packing.Release();
            }

            await AttachAsync(appId, archive, bundle, actor, cancellationToken);
        }
        catch (ArchiveException exception)
        {
            throw new RefusedException(Refusal.Invalid, exception.Message);
        }
        catch
        {
            await DiscardAsync(bundle);
            throw;
        }

        live.Forget(appId);
    }

    /// <inheritdoc />
    public void Dispose() => _packing.Dispose();

    private async Task PackAsync(SpooledArchive archive, string bundle, CancellationToken cancellationToken)
    {
        RemoveLeftovers();
        var folder = Directory.CreateTempSubdirectory(Prefix); // the owner's alone
        try
        {
            var root = folder.CreateSubdirectory("files").FullName;
            await extractor.ExtractAsync(archive.Read(), root, cancellationToken);
            var files = new FrontendTree(root, limits.Value.UnpackedBytes, options.Value.PathBytes).List();
            await using var scratch = new FileStream(
                Path.Combine(folder.FullName, "scratch"),
                new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.Asynchronous });
            await bundles.WriteAsync(bundle, content => PackAsync(files, new FrontendPacker(scratch, content), cancellationToken), cancellationToken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Of processes that were killed.
    private void RemoveLeftovers()
    {
        foreach (var folder in new DirectoryInfo(Path.GetTempPath()).EnumerateDirectories(Prefix + "*"))
        {
            if (time.GetUtcNow().UtcDateTime - folder.LastWriteTimeUtc > Abandoned)
            {
                try
                {
                    folder.Delete(recursive: true);
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    Log.FolderLeft(logger, exception, folder.FullName);
                }
            }
        }
    }

    private static async Task<byte[]> PackAsync(IReadOnlyList<FrontendSource> files, FrontendPacker packer, CancellationToken cancellationToken)
    {
        var packed = new List<PackedFile>(files.Count);
        foreach (var file in files)
        {
            packed.Add(await packer.PackAsync(file, cancellationToken));
        }

        return FrontendIndex.Write(packed);
    }

    // Again if the archive, which was there already, went with the last version that had it.
    private async Task AttachAsync(string appId, SpooledArchive archive, string bundle, Actor actor, CancellationToken cancellationToken)
    {
        while (!await store.AttachAsync(appId, bundle, await archives.StoreAsync(appId, archive, cancellationToken), actor, cancellationToken))
        {
        }
    }

    // A transaction may have been committed though nobody said so. What is left here is collected later.
    private async Task DiscardAsync(string bundle)
    {
        try
        {
            if (!await store.HasAsync(bundle, CancellationToken.None))
            {
                await bundles.DeleteAsync(bundle, CancellationToken.None);
            }
        }
        catch (Exception exception) when (exception is NpgsqlException || exception.IsStorageFault())
        {
            Log.BundleLeft(logger, exception, bundle);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1611, LogLevel.Warning, "The front end {Bundle}, which was not deployed, could not be deleted yet; nothing refers to it")]
        public static partial void BundleLeft(ILogger logger, Exception exception, string bundle);

        [LoggerMessage(1612, LogLevel.Warning, "{Folder}, which an earlier process left, could not be removed")]
        public static partial void FolderLeft(ILogger logger, Exception exception, string folder);
    }
}
