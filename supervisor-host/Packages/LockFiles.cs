using System.Text.Json;
using RootCx.Core.Deployments;

namespace RootCx.SupervisorHost.Packages;

/// <summary>
/// Keeps what the packages of a version came to that brought no lock file, so that whoever makes the version anew, here or on another host, gets the same ones. What the lock file
/// says of the cache's address, which is of this process, is kept as the registry's.
/// </summary>
public sealed partial class LockFiles(DeploymentStore store, PackageRegistry registry, PackageCache cache, ILogger<LockFiles> logger)
{
    private const string Name = "bun.lock";
    private const string Binary = "bun.lockb";

    // Of a thousand packages it has some 300 KiB.
    private const long LongestKept = 4 * 1024 * 1024;

    private static readonly JsonDocumentOptions BunJson = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>Whether there are packages to install.</summary>
    public static bool HasPackages(string folder) => File.Exists(Path.Combine(folder, "package.json"));

    /// <summary>Whether the version brought a lock file.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, Name)) || File.Exists(Path.Combine(folder, Binary));

    /// <summary>Puts what was kept, if anything, into the unpacked version, before anybody else may write there.</summary>
    public async Task RestoreAsync(Deployment deployment, string folder, CancellationToken cancellationToken)
    {
        if (HasPackages(folder) && await store.LockFileAsync(deployment.Id, cancellationToken) is { } kept)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, Name), Replaced(kept, registry.Address, cache.Address), cancellationToken);
        }
    }

    /// <summary>Keeps what the install in <paramref name="folder"/> came to; nothing if it left no lock file, or one that is none.</summary>
    public async Task KeepAsync(Deployment deployment, string folder, CancellationToken cancellationToken)
    {
        var file = new FileInfo(Path.Combine(folder, Name));
        if (!HasPackages(folder) || !file.Exists || file.LinkTarget is not null)
        {
            return;
        }

        if (file.Length > LongestKept)
        {
            Log.TooLong(logger, deployment.Version, deployment.AppId, file.Length);
            return;
        }

        var text = await File.ReadAllTextAsync(file.FullName, cancellationToken);
        if (IsLockFile(text))
        {
            await store.KeepLockFileAsync(deployment.Id, Replaced(text, cache.Address, registry.Address), cancellationToken);
        }
    }

    private static string Replaced(string text, Uri? address, Uri? by) =>
        address is null || by is null ? text : text.Replace($"\"{address.AbsoluteUri}", $"\"{by.AbsoluteUri}", StringComparison.Ordinal);

    // Scripts of packages may have put anything there.
    private static bool IsLockFile(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, BunJson);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("lockfileVersion", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2421, LogLevel.Warning, "The lock file that the packages of version {Version} of {AppId} came to has {Length} bytes and is not kept: made anew, the version may get newer ones")]
        public static partial void TooLong(ILogger logger, int version, string appId, long length);
    }
}
