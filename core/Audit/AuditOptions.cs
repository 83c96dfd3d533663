using System.ComponentModel.DataAnnotations;

namespace RootCx.Core.Audit;

/// <summary>The audit trail, and the log of rows; section <c>Audit</c>.</summary>
public sealed class AuditOptions
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Audit";

    /// <summary>How long entries of the trail are kept.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(365);

    /// <summary>How long is kept what became of rows of apps' tables; whole days are dropped.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan RowRetention { get; set; } = TimeSpan.FromDays(90);
}
