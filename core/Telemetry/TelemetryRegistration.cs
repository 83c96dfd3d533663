using System.Reflection;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace RootCx.Core.Telemetry;

/// <summary>
/// Adds traces, metrics and logs in OpenTelemetry's form. They go by OTLP to where the standard variables say (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c> and its kin) and to Azure Monitor
/// where <c>APPLICATIONINSIGHTS_CONNECTION_STRING</c> is set. With neither, nothing is gathered but what is scraped.
/// </summary>
public static class TelemetryRegistration
{
    private const string AzureMonitor = "APPLICATIONINSIGHTS_CONNECTION_STRING";

    private static readonly string Version =
        Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>Registers the capability.</summary>
    /// <param name="services">What is added to.</param>
    /// <param name="configuration">Has the variables.</param>
    /// <param name="serviceName">Of this process; <c>OTEL_SERVICE_NAME</c> overrides it.</param>
    /// <param name="scraped">Adds a way to read the metrics where they are gathered; null: there is none.</param>
    public static IServiceCollection AddTelemetry(
        this IServiceCollection services, IConfiguration configuration, string serviceName, Action<MeterProviderBuilder>? scraped = null)
    {
        services.AddMetrics().AddSingleton<PlatformMetrics>();
        var monitor = configuration[AzureMonitor] is { Length: > 0 } connection ? connection : null;
        var (traces, metrics, logs) = (Otlp("TRACES"), Otlp("METRICS"), Otlp("LOGS"));
        var telemetry = services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService(
            configuration["OTEL_SERVICE_NAME"] is { Length: > 0 } name ? name : serviceName,
            serviceNamespace: "rootcx",
            serviceVersion: Version,
            serviceInstanceId: $"{Environment.MachineName}-{Environment.ProcessId}"));
        if (traces || monitor is not null)
        {
            telemetry.WithTracing(tracing =>
            {
                tracing.AddSource(Traces.SourceName).AddAspNetCoreInstrumentation(aspNet => aspNet.Filter = context => !IsProbe(context.Request.Path));
                Export(traces, () => tracing.AddOtlpExporter(), () => tracing.AddAzureMonitorTraceExporter(options => options.ConnectionString = monitor));
            });
        }

        if (metrics || monitor is not null || scraped is not null)
        {
            telemetry.WithMetrics(metering =>
            {
                metering.AddMeter(PlatformMetrics.MeterName, "Npgsql", "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel");
                scraped?.Invoke(metering);
                Export(metrics, () => metering.AddOtlpExporter(), () => metering.AddAzureMonitorMetricExporter(options => options.ConnectionString = monitor));
            });
        }

        if (logs || monitor is not null)
        {
            services.AddLogging(logging => logging.AddOpenTelemetry(options =>
            {
                options.IncludeFormattedMessage = true;
                Export(logs, () => options.AddOtlpExporter(), () => options.AddAzureMonitorLogExporter(azure => azure.ConnectionString = monitor));
            }));
        }

        return services;

        // https://opentelemetry.io/docs/specs/otel/protocol/exporter/: one address for all, or one for each.
        bool Otlp(string signal) =>
            configuration[$"OTEL_{signal}_EXPORTER"] is not "none"
            && configuration["OTEL_SDK_DISABLED"] is not "true"
            && (configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 } || configuration[$"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"] is { Length: > 0 });

        void Export(bool byOtlp, Action addOtlp, Action addMonitor)
        {
            if (byOtlp)
            {
                addOtlp();
            }

            if (monitor is not null)
            {
                addMonitor();
            }
        }
    }

    private static bool IsProbe(string? path) =>
        path is "/metrics" || (path?.StartsWith("/health", StringComparison.OrdinalIgnoreCase) == true);
}
