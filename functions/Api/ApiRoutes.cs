using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Azure.Functions.Worker;

namespace RootCx.Functions.Api;

/// <summary>The routes of all HTTP functions, to tell a wrong verb from an unknown path: hosts answer both with an empty 404.</summary>
public sealed class ApiRoutes
{
    private readonly List<(TemplateMatcher Matcher, string[] Methods)> _routes = [.. Find()];

    /// <summary>The verbs that exist for <paramref name="path"/>, in upper case; none when the path is unknown.</summary>
    public IReadOnlyList<string> MethodsFor(PathString path) =>
    [
        .. _routes
            .Where(route => route.Matcher.TryMatch(path, []))
            .SelectMany(route => route.Methods)
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];

    private static IEnumerable<(TemplateMatcher Matcher, string[] Methods)> Find() =>
        from type in Assembly.GetExecutingAssembly().GetTypes()
        from method in type.GetMethods()
        where method.GetCustomAttribute<FunctionAttribute>() is { Name: not FallbackFunction.Name }
        from parameter in method.GetParameters()
        let trigger = parameter.GetCustomAttribute<HttpTriggerAttribute>()
        where trigger is not null
        select (
            new TemplateMatcher(TemplateParser.Parse(trigger.Route ?? ""), []),
            (trigger.Methods ?? []).Select(verb => verb.ToUpperInvariant()).ToArray());
}
