namespace RootCx.Core.Database;

/// <summary>How the platform signs in to PostgreSQL; section <c>Database</c>. Where the server is, and as which role, is said by the connection string.</summary>
public sealed class DatabaseOptions
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Database";

    /// <summary>
    /// Whether the password is a token of Microsoft Entra ID, fetched anew before it expires. The connection string has none then, and names a role of the server that
    /// stands for the identity.
    /// </summary>
    public bool EntraTokens { get; set; }

    /// <summary>Client id of the managed identity whose tokens these are, where a host has several. Without it: the one that its surroundings say.</summary>
    public string? ClientId { get; set; }
}
