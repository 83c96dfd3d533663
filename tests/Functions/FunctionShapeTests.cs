using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using RootCx.Functions.Api;

namespace RootCx.Tests.Functions;

/// <summary>What both hosts, the Functions host and ours, need function classes to be.</summary>
public sealed class FunctionShapeTests
{
    private static readonly List<MethodInfo> Functions =
    [
        .. typeof(ApiRegistration).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static))
            .Where(method => method.GetCustomAttribute<FunctionAttribute>() is not null),
    ];

    [Fact]
    public void Functions_are_public_instance_methods_of_public_classes_with_names_of_their_own()
    {
        Assert.NotEmpty(Functions);
        Assert.All(Functions, function => Assert.True(function is { IsPublic: true, IsStatic: false, DeclaringType.IsPublic: true }, function.Name));
        Assert.Equal(Functions.Count, Functions.Select(function => function.GetCustomAttribute<FunctionAttribute>()!.Name.ToUpperInvariant()).Distinct().Count());
    }

    [Fact]
    public void Http_functions_take_the_request_and_route_values_and_return_a_result_or_nothing()
    {
        var http = Functions.Where(function => Trigger(function) is not null).ToList();
        Assert.NotEmpty(http);
        Assert.All(http, function =>
        {
            var parameters = function.GetParameters();
            var route = Trigger(function)!.Route;
            Assert.Equal(typeof(HttpRequest), parameters[0].ParameterType);
            Assert.All(parameters[1..], parameter => Assert.Contains($"{{{parameter.Name}", route, StringComparison.Ordinal));
            Assert.True(function.ReturnType == typeof(Task<IResult>) || function.ReturnType == typeof(Task), $"{function.Name} returns {function.ReturnType}");
            Assert.Equal(AuthorizationLevel.Anonymous, Trigger(function)!.AuthLevel);
            Assert.NotEmpty(Trigger(function)!.Methods!);
        });
    }

    [Fact]
    public void The_route_prefix_is_empty_and_streams_end_before_the_host_ends_them()
    {
        var host = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "host.json")))!;
        Assert.Equal("", host["extensions"]!["http"]!["routePrefix"]!.GetValue<string>());
        var timeout = TimeSpan.Parse(host["functionTimeout"]!.GetValue<string>());
        Assert.True(new RootCx.Core.Logs.LogOptions().StreamLifetime < timeout);
        Assert.True(new RootCx.Core.Frontends.FrontendOptions().SendTimeout < timeout);
    }

    private static HttpTriggerAttribute? Trigger(MethodInfo function) =>
        function.GetParameters().Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>()).FirstOrDefault(found => found is not null);
}
