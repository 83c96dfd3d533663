using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using RootCx.Functions.Api;
using RootCx.SupervisorHost.Hosting;

namespace RootCx.Tests.Settings;

/// <summary>A setting that the code binds to an options class.</summary>
/// <param name="Name">As an environment variable.</param>
/// <param name="Default">What it is without being set; empty for nothing.</param>
/// <param name="Range">What is accepted, where an attribute says so; otherwise empty.</param>
/// <param name="IsRequired">Whether a host refuses to start without it.</param>
/// <param name="Host">Which host binds it: <c>API</c>, <c>supervisor</c> or <c>both</c>.</param>
internal sealed record Setting(string Name, string Default, string Range, bool IsRequired, string Host)
{
    private static readonly Lazy<IReadOnlyList<Setting>> Found = new(Find);

    /// <summary>All of them, of both hosts.</summary>
    public static IReadOnlyList<Setting> All => Found.Value;

    private static List<Setting> Find()
    {
        var api = OptionsOf((services, configuration) => services.AddApi(configuration));
        var supervisor = OptionsOf((services, configuration) => services.AddSupervisor(configuration));
        return
        [
            .. from options in api.Union(supervisor)
               let host = !supervisor.Contains(options) ? "API" : api.Contains(options) ? "both" : "supervisor"
               from setting in Below((string)options.GetField("Section")!.GetRawConstantValue()!, options, host) // each has one
               select setting,
        ];
    }

    private static HashSet<Type> OptionsOf(Action<IServiceCollection, ConfigurationManager> register)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["ConnectionStrings:Postgres"] = "Host=localhost", ["ConnectionStrings:Storage"] = "UseDevelopmentStorage=true" });
        var services = new ServiceCollection();
        register(services, configuration);
        return
        [
            .. from service in services
               where service.ServiceType.IsGenericType && service.ServiceType.GetGenericTypeDefinition() == typeof(IOptionsChangeTokenSource<>)
               let options = service.ServiceType.GenericTypeArguments[0]
               where options.Assembly.GetName().Name!.StartsWith("RootCx.", StringComparison.Ordinal) // loaded from a file
               select options,
        ];
    }

    private static IEnumerable<Setting> Below(string prefix, Type options, string host)
    {
        var defaults = Activator.CreateInstance(options)!; // options have no arguments
        foreach (var property in options.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            var (name, value) = ($"{prefix}__{property.Name}", property.GetValue(defaults));
            if (value is IDictionary<string, string>)
            {
                yield return new Setting($"{name}__<value>", "", "", IsRequired: false, host);
            }
            else if (value is IEnumerable and not string)
            {
                var element = property.PropertyType.IsArray ? property.PropertyType.GetElementType()! : property.PropertyType.GenericTypeArguments[0]; // an array has one
                var within = element == typeof(string) ? [new Setting($"{name}__0", "", "", IsRequired: false, host)] : Below($"{name}__0", element, host);
                foreach (var setting in within)
                {
                    yield return setting;
                }
            }
            else
            {
                var isRequired = property.GetCustomAttribute<RequiredAttribute>() is not null && value is "";
                yield return new Setting(name, TextOf(value), RangeOf(property.GetCustomAttribute<RangeAttribute>()), isRequired, host);
            }
        }
    }

    private static string TextOf(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!, // of something
    };

    private static string RangeOf(RangeAttribute? range)
    {
        if (range is null)
        {
            return "";
        }

        static string Number(object bound) => Convert.ToDecimal(bound, CultureInfo.InvariantCulture).ToString("0", CultureInfo.InvariantCulture);
        var isOpen = range.Maximum is int.MaxValue || range.Maximum is double and >= long.MaxValue;
        return range.OperandType == typeof(TimeSpan) ? $"{range.Minimum} to {range.Maximum}"
            : isOpen ? $"{Number(range.Minimum)} or more"
            : $"{Number(range.Minimum)} to {Number(range.Maximum)}";
    }
}
