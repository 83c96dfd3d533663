using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace RootCx.Core.Settings;

/// <summary>Keeps libraries from filling the log with each of their steps.</summary>
public static class LoggingDefaults
{
    private static readonly string[] Talkative = ["Npgsql", "Azure", "Microsoft.AspNetCore", "System.Net.Http"];

    /// <summary>Lets those libraries log warnings and worse; what the configuration says of them in <c>Logging</c> still wins where it is stricter.</summary>
    public static IServiceCollection AddLoggingDefaults(this IServiceCollection services) => services.AddLogging(logging =>
    {
        foreach (var category in Talkative)
        {
            logging.AddFilter(category, LogLevel.Warning);
        }
    });
}
