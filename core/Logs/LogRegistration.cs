using Microsoft.Extensions.DependencyInjection;
using RootCx.Core.Settings;

namespace RootCx.Core.Logs;

/// <summary>Adds one side of the logs.</summary>
public static class LogRegistration
{
    /// <summary>Registers reading; needs the platform database and doorbells.</summary>
    public static IServiceCollection AddLogReading(this IServiceCollection services) => services
        .AddValidatedOptions<LogOptions>(LogOptions.Section)
        .AddSingleton<LogReader>()
        .AddSingleton<LogStream>();

    /// <summary>Registers writing; needs the platform database and doorbells.</summary>
    public static IServiceCollection AddLogWriting(this IServiceCollection services) => services
        .AddValidatedOptions<LogOptions>(LogOptions.Section)
        .AddSingleton<LogWriter>();
}
