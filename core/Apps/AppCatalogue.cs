using Dapper;
using Npgsql;
using RootCx.Core.Json;
using RootCx.Core.Manifests;

namespace RootCx.Core.Apps;

/// <summary>Shows which apps there are.</summary>
public sealed class AppCatalogue(NpgsqlDataSource database)
{
    private const string Columns =
        """
        id, name, version, type, manifest, icon,
        exists (select from deployments where app_id = apps.id and state = 'live' and frontend_id is not null) as has_frontend
        """;

    /// <summary>Those of a type, by name.</summary>
    /// <param name="type"><c>app</c>, <c>integration</c> or <c>agent</c>; anything else: all of them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<AppSummary>> ListAsync(string? type, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"""
            select {Columns} from apps
            where @wanted is null or coalesce(type, 'app') = @wanted
            order by coalesce(name, id), id
            """,
            new { wanted = ManifestReader.Types.Contains(type) ? type : null }, cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.ToSummary())];
    }

    /// <summary>An app with its data contract, or null.</summary>
    public async Task<AppDetail?> FindAsync(string appId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(
            $"select {Columns} from apps where id = @appId", new { appId }, cancellationToken: cancellationToken));
        return row?.ToDetail();
    }

    // Without a manifest, all but the id is null: there is only code.
    private sealed class Row
    {
        private const string NoVersion = "0.0.0";

        public string Id { get; init; } = "";

        public string? Name { get; init; }

        public string? Version { get; init; }

        public string? Type { get; init; }

        public string? Manifest { get; init; }

        public Guid? Icon { get; init; }

        public bool HasFrontend { get; init; }

        private string Status => Manifest is null ? "deployed" : "installed";

        public AppSummary ToSummary() => new(
            Id, Name ?? Id, Version ?? NoVersion, Status, Type ?? ManifestReader.Types[0], Manifest is null ? [] : DataContract.EntityNames(Manifest), HasFrontend, Icon);

        public AppDetail ToDetail() => new(
            Id, Name ?? Id, Version ?? NoVersion, Status, new RawJson(Manifest is null ? "[]" : DataContract.Of(Manifest)), Icon);
    }
}

/// <summary>An app in a list.</summary>
/// <param name="Id">The app.</param>
/// <param name="Name">For people.</param>
/// <param name="Version">As its manifest says; <c>0.0.0</c> without one.</param>
/// <param name="Status"><c>installed</c>, or <c>deployed</c> for one that has code only.</param>
/// <param name="Type"><c>app</c>, <c>integration</c> or <c>agent</c>.</param>
/// <param name="Entities">Names, in the manifest's order.</param>
/// <param name="HasFrontend">Whether it has pages of its own.</param>
/// <param name="Icon">The id of its icon, or null.</param>
public sealed record AppSummary(
    string Id, string Name, string Version, string Status, string Type, IReadOnlyList<string> Entities, bool HasFrontend, Guid? Icon);

/// <summary>An app.</summary>
/// <param name="Id">The app.</param>
/// <param name="Name">For people.</param>
/// <param name="Version">As its manifest says; <c>0.0.0</c> without one.</param>
/// <param name="Status"><c>installed</c>, or <c>deployed</c> for one that has code only.</param>
/// <param name="DataContract">As it was received.</param>
/// <param name="Icon">The id of its icon, or null.</param>
public sealed record AppDetail(string Id, string Name, string Version, string Status, RawJson DataContract, Guid? Icon);
