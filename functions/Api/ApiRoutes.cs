using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Azure.Functions.Worker;

namespace RootCx.Functions.Api;

/// <summary>The routes of all HTTP functions, to tell a wrong verb from an unknown path: hosts answer both with an empty 404.</summary>
public sealed class ApiRoutes
{
    private readonly List<(TemplateMatcher Matcher, string[] Methods)> _routes =
    [
        .. from function in FunctionMethods.WithTrigger<HttpTriggerAttribute>()
           where function.Name != FallbackFunction.Name
           select (
               new TemplateMatcher(TemplateParser.Parse(function.Trigger.Route ?? ""), []),
               (function.Trigger.Methods ?? []).Select(verb => verb.ToUpperInvariant()).ToArray()),
    ];

    /// <summary>The verbs that exist for <paramref name="path"/>, in upper case; none when the path is unknown.</summary>
    public IReadOnlyList<string> MethodsFor(PathString path) =>
    [
        .. _routes
            .Where(route => route.Matcher.TryMatch(path, []))
            .SelectMany(route => route.Methods)
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];
}
