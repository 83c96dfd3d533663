using Azure.Core;
using Npgsql;

namespace RootCx.Core.Database;

/// <summary>Tokens of Microsoft Entra ID as passwords, as Azure Database for PostgreSQL takes them.</summary>
internal static class EntraTokens
{
    // The credential keeps a token until five minutes before its end, so whoever asks more often than that never has an expired one.
    private static readonly TimeSpan Renewal = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    // The resource that every such server in the public cloud is.
    private static readonly TokenRequestContext Server = new(["https://ossrdbms-aad.database.windows.net/.default"]);

    /// <summary>Lets connections be opened with tokens of <paramref name="credential"/>.</summary>
    public static NpgsqlDataSourceBuilder UseEntraTokens(this NpgsqlDataSourceBuilder builder, TokenCredential credential) =>
        builder.UsePeriodicPasswordProvider(
            async (_, cancellationToken) => (await credential.GetTokenAsync(Server, cancellationToken)).Token, Renewal, Retry);
}
