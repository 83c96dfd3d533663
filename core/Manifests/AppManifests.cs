using Dapper;
using Npgsql;
using RootCx.Core.Database;
using RootCx.Core.Doorbells;

namespace RootCx.Core.Manifests;

/// <summary>
/// The manifests of installed apps, remembered by this process so that a request costs no query. An entry is dropped when the app's doorbell rings, and after
/// two seconds in any case.
/// </summary>
public sealed class AppManifests : IDisposable
{
    private const int Most = 10_000;

    private static readonly TimeSpan Age = TimeSpan.FromSeconds(2);

    private readonly NpgsqlDataSource _database;
    private readonly RowCache<string, Manifest> _manifests;
    private readonly IDisposable _bell;

    /// <summary>Listens for changes from now on.</summary>
    public AppManifests(NpgsqlDataSource database, DoorbellListener listener, TimeProvider time)
    {
        _database = database;
        _manifests = new RowCache<string, Manifest>(() => Age, Most, time, ReadAsync);
        _bell = listener.Subscribe(Topics.Apps, Forget);
    }

    /// <summary>The app's manifest, or null if there is no such app or it was deployed only.</summary>
    public ValueTask<Manifest?> FindAsync(string appId, CancellationToken cancellationToken) => _manifests.FindAsync(appId, cancellationToken);

    /// <summary>The manifests of all apps with an entity of this kind, by app id.</summary>
    public async Task<IReadOnlyList<Manifest>> OfKindAsync(string identityKind, CancellationToken cancellationToken)
    {
        var manifests = new List<Manifest>();
        foreach (var app in await AppsOfKindAsync(identityKind, cancellationToken))
        {
            if (await FindAsync(app, cancellationToken) is { } manifest)
            {
                manifests.Add(manifest);
            }
        }

        return manifests;
    }

    /// <summary>Forgets what is known of an app; of all for an empty id.</summary>
    public void Forget(string appId)
    {
        if (appId.Length == 0)
        {
            _manifests.Clear(); // rings may have been missed
        }
        else
        {
            _manifests.Forget(appId);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _bell.Dispose();

    private async Task<IReadOnlyList<string>> AppsOfKindAsync(string identityKind, CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<string>(new CommandDefinition(
            "select id from apps where identity_kinds @> array[@identityKind] order by id collate \"C\"", new { identityKind }, cancellationToken: cancellationToken))).AsList();
    }

    private async Task<Manifest?> ReadAsync(string appId, CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken);
        var source = await connection.ExecuteScalarAsync<string?>(new CommandDefinition(
            "select manifest from apps where id = @appId", new { appId }, cancellationToken: cancellationToken));
        return source is null ? null : ManifestReader.Read(source) switch
        {
            { Manifest: { } manifest } => manifest,
            var reading => throw new InvalidOperationException($"The stored manifest of {appId} is not valid: {reading.Problems[0].Path}: {reading.Problems[0].Message}"),
        };
    }
}
