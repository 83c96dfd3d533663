namespace RootCx.SupervisorHost.Data;

/// <summary>Adds <c>ctx.collection</c> and <c>ctx.sql</c>.</summary>
public static class DataRegistration
{
    /// <summary>Registers the capability; needs apps' databases, manifests and collections.</summary>
    public static IServiceCollection AddWorkerData(this IServiceCollection services) => services
        .AddSingleton<RowOperations>()
        .AddSingleton<AppSql>()
        .AddSingleton<StatementLimiter>()
        .AddSingleton<AppData>();
}
