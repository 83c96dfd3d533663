namespace RootCx.Core.Apps;

/// <summary>What holds for every app; section <c>Apps</c>.</summary>
public sealed class AppOptions
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Apps";

    /// <summary>Whether an install that would drop or convert data is refused unless it says <c>?allowDestructive=true</c>.</summary>
    public bool GuardDestructiveChanges { get; set; }
}
