using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Deployments;
using RootCx.Core.Frontends;
using RootCx.Core.Storage;

namespace RootCx.Core.Retention;

/// <summary>
/// Deletes what storage has and no version refers to: whoever stored it died before it was added, or it could not be deleted in its time. Only what is older
/// than <see cref="DeploymentOptions.OrphanAge"/>, since what was just stored is about to be referred to.
/// </summary>
public sealed class OrphanSweeper(
    NpgsqlDataSource database,
    DeploymentArchives archives,
    AppIcons icons,
    FrontendBundles bundles,
    VersionBlobs blobs,
    IOptions<DeploymentOptions> options,
    TimeProvider time)
{
    /// <summary>True for a <c>name</c> of an archive that no version has.</summary>
    internal const string UnusedArchive =
        "not exists (select from deployments where archive = name) and not exists (select from frontends where archive = name)";

    private const string UnusedIcon = "name not in (select app_id || '/' || replace(icon::text, '-', '') from deployments where icon is not null)";

    private const string UnusedBundle = "name not in (select bundle from frontends)";

    private const int Batch = 1000;

    /// <summary>Looks at what is stored under names that begin with <paramref name="prefix"/>, which is empty for all, or an app's id.</summary>
    public async Task SweepAsync(string prefix, CancellationToken cancellationToken)
    {
        await SweepAsync(archives.ListAsync(prefix, cancellationToken), UnusedArchive, name => blobs.DeleteArchivesAsync(AppOf(name), [name], cancellationToken), cancellationToken);
        await SweepAsync(icons.ListAsync(prefix, cancellationToken), UnusedIcon, name => icons.DeleteAsync(name, cancellationToken), cancellationToken);
        await SweepAsync(bundles.ListAsync(prefix, cancellationToken), UnusedBundle, name => bundles.DeleteAsync(name, cancellationToken), cancellationToken);
    }

    private static string AppOf(string name) => name[..name.IndexOf('/', StringComparison.Ordinal)];

    private async Task SweepAsync(IAsyncEnumerable<StoredItem> stored, string unused, Func<string, Task> delete, CancellationToken cancellationToken)
    {
        var bound = time.GetUtcNow() - options.Value.OrphanAge;
        var old = new List<string>();
        await foreach (var item in stored)
        {
            if (item.LastModified < bound)
            {
                old.Add(item.Name);
            }

            if (old.Count == Batch)
            {
                await DeleteUnusedAsync(old, unused, delete, cancellationToken);
                old.Clear();
            }
        }

        await DeleteUnusedAsync(old, unused, delete, cancellationToken);
    }

    private async Task DeleteUnusedAsync(List<string> names, string unused, Func<string, Task> delete, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        foreach (var name in await connection.QueryAsync<string>(new CommandDefinition(
            $"select name from unnest(@names) as names (name) where {unused}", new { names = names.ToArray() }, cancellationToken: cancellationToken)))
        {
            await delete(name);
        }
    }
}
