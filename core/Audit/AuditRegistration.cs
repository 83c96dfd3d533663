using Microsoft.Extensions.DependencyInjection;
using RootCx.Core.Audit.Rows;
using RootCx.Core.Settings;

namespace RootCx.Core.Audit;

/// <summary>Adds the reading of the audit trail and of the log of rows.</summary>
public static class AuditRegistration
{
    /// <summary>Registers the capability; needs the platform database.</summary>
    public static IServiceCollection AddAudit(this IServiceCollection services) => services
        .AddValidatedOptions<AuditOptions>(AuditOptions.Section)
        .AddSingleton<AuditReader>()
        .AddSingleton<RowAuditReader>();
}
