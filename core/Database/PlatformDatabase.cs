namespace RootCx.Core.Database;

/// <summary>Names and bounds of the platform's own part of the database.</summary>
public static class PlatformDatabase
{
    /// <summary>The connection string's name in configuration (<c>ConnectionStrings__Postgres</c> in the environment).</summary>
    public const string ConnectionName = "Postgres";

    /// <summary>The schema that holds everything of the platform; never visible to apps.</summary>
    public const string Schema = "rootcx_system";
}
