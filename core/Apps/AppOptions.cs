using System.ComponentModel.DataAnnotations;

namespace RootCx.Core.Apps;

/// <summary>What holds for every app; section <c>Apps</c>.</summary>
public sealed class AppOptions
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Apps";

    /// <summary>How many connections to the database an app's own code may have open at once, through <c>databaseUrl</c>. An app that has them already keeps them.</summary>
    [Range(1, 1000)]
    public int ConnectionLimit { get; set; } = 20;

    /// <summary>How long an install waits for a table that others use before it gives up. Whoever comes to that table meanwhile waits behind it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether an install that would drop or convert data is refused unless it says <c>?allowDestructive=true</c>.</summary>
    public bool GuardDestructiveChanges { get; set; }
}
