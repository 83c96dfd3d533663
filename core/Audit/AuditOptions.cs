namespace RootCx.Core.Audit;

/// <summary>The audit trail; section <c>Audit</c>.</summary>
public sealed class AuditOptions
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Audit";

    /// <summary>How long entries are kept; whole days are dropped.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(365);
}
