using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace RootCx.Functions.Api;

/// <summary>Finds the functions the way the worker does: by their attributes.</summary>
public static class FunctionMethods
{
    /// <summary>Every function with a parameter that carries <typeparamref name="TTrigger"/>.</summary>
    public static IEnumerable<(string Name, MethodInfo Method, TTrigger Trigger)> WithTrigger<TTrigger>()
        where TTrigger : Attribute =>
        from type in typeof(FunctionMethods).Assembly.GetExportedTypes()
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        let function = method.GetCustomAttribute<FunctionAttribute>()
        where function is not null
        let trigger = method.GetParameters().Select(parameter => parameter.GetCustomAttribute<TTrigger>()).FirstOrDefault(found => found is not null)
        where trigger is not null
        select (function.Name, method, trigger);
}
