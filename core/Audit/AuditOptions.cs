using System.ComponentModel.DataAnnotations;

namespace RootCx.Core.Audit;

/// <summary>The audit trail; section <c>Audit</c>.</summary>
public sealed class AuditOptions
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Audit";

    /// <summary>How long entries are kept.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(365);
}
