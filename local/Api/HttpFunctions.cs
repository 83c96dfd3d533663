using System.Globalization;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using RootCx.Functions.Api;

namespace RootCx.Local.Api;

/// <summary>Maps HTTP-triggered functions to endpoints.</summary>
internal static class HttpFunctions
{
    /// <summary>Maps all of them.</summary>
    public static void Map(IEndpointRouteBuilder endpoints, HostSettings settings)
    {
        var pipeline = endpoints.ServiceProvider.GetRequiredService<ApiPipeline>();
        foreach (var (name, method, trigger) in FunctionMethods.WithTrigger<HttpTriggerAttribute>())
        {
            var create = ActivatorUtilities.CreateFactory(method.DeclaringType!, []); // found on a type
            var route = string.Join('/', new[] { settings.RoutePrefix, trigger.Route ?? name }.Where(part => part.Length > 0));
            var verbs = (trigger.Methods ?? []).Select(verb => verb.ToUpperInvariant());
            endpoints.MapMethods(route, verbs, context => pipeline.InvokeAsync(context, () => RunAsync(context, method, create))).WithDisplayName(name);
        }
    }

    private static async Task RunAsync(HttpContext context, MethodInfo method, ObjectFactory create)
    {
        var function = create(context.RequestServices, []);
        var result = method.Invoke(function, BindingFlags.DoNotWrapExceptions, binder: null, Arguments(context, method), CultureInfo.InvariantCulture);
        switch (result)
        {
            case Task<IResult> answered:
                await (await answered).ExecuteAsync(context);
                break;
            case Task done:
                await done;
                break;
            default:
                throw new NotSupportedException($"{method.DeclaringType}.{method.Name} must return Task<IResult> or Task.");
        }
    }

    private static object?[] Arguments(HttpContext context, MethodInfo method) =>
    [
        .. method.GetParameters().Select(parameter =>
            parameter.ParameterType == typeof(HttpRequest) ? context.Request : Convert(context.Request.RouteValues[parameter.Name!], parameter.ParameterType)),
    ];

    private static object? Convert(object? value, Type type) =>
        value is null ? null : System.Convert.ChangeType(value, Nullable.GetUnderlyingType(type) ?? type, CultureInfo.InvariantCulture);
}
