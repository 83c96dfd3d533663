using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

#pragma warning disable MA0048, IDE0130 // several types in one file, in the namespaces of the packages they stand in for

namespace Microsoft.Azure.Functions.Worker
{
    /// <summary>Names a function.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class FunctionAttribute(string name) : Attribute
    {
        /// <summary>The function's name.</summary>
        public string Name { get; } = name;
    }

    /// <summary>Which key the Functions host itself asks for; ours are all anonymous to it.</summary>
    public enum AuthorizationLevel
    {
        /// <summary>None.</summary>
        Anonymous,
    }

    /// <summary>Runs a function on an HTTP request.</summary>
    [AttributeUsage(AttributeTargets.Parameter)]
    public sealed class HttpTriggerAttribute(AuthorizationLevel authLevel, params string[] methods) : Attribute
    {
        /// <summary>Which key the host asks for.</summary>
        public AuthorizationLevel AuthLevel { get; } = authLevel;

        /// <summary>The verbs, in lower case.</summary>
        public string[]? Methods { get; } = methods;

        /// <summary>The route template.</summary>
        public string? Route { get; set; }
    }

    /// <summary>Runs a function on a schedule of six fields, seconds first.</summary>
    [AttributeUsage(AttributeTargets.Parameter)]
    public sealed class TimerTriggerAttribute(string schedule) : Attribute
    {
        /// <summary>The schedule.</summary>
        public string Schedule { get; } = schedule;
    }

    /// <summary>What a timer function is told.</summary>
    public class TimerInfo
    {
        /// <summary>Whether it runs later than it should.</summary>
        public bool IsPastDue { get; set; }
    }

    /// <summary>One run of a function.</summary>
    public abstract class FunctionContext;

    /// <summary>The worker under construction.</summary>
    public interface IFunctionsWorkerApplicationBuilder
    {
        /// <summary>Its services.</summary>
        IServiceCollection Services { get; }
    }

    /// <summary>Reaches the HTTP request behind a run.</summary>
    public static class FunctionContextExtensions
    {
        /// <summary>The request, or null for other triggers.</summary>
        [SuppressMessage("Style", "IDE0060", Justification = "The package's signature.")]
        public static HttpContext? GetHttpContext(this FunctionContext context) => throw Standins.NoWorker();
    }
}

namespace Microsoft.Azure.Functions.Worker.Middleware
{
    /// <summary>The rest of the pipeline.</summary>
    public delegate Task FunctionExecutionDelegate(FunctionContext context);

    /// <summary>Stands around every run of a function.</summary>
    public interface IFunctionsWorkerMiddleware
    {
        /// <summary>Runs the rest of the pipeline.</summary>
        Task Invoke(FunctionContext context, FunctionExecutionDelegate next);
    }
}

namespace Microsoft.Azure.Functions.Worker.Builder
{
    /// <summary>Begins a worker.</summary>
    public static class FunctionsApplication
    {
        /// <summary>Never succeeds here.</summary>
        [SuppressMessage("Style", "IDE0060", Justification = "The package's signature.")]
        public static FunctionsApplicationBuilder CreateBuilder(string[] args) => throw Standins.NoWorker();
    }

    /// <summary>The worker under construction.</summary>
    public abstract class FunctionsApplicationBuilder : IFunctionsWorkerApplicationBuilder
    {
        /// <inheritdoc />
        public abstract IServiceCollection Services { get; }

        /// <summary>Its settings.</summary>
        public abstract ConfigurationManager Configuration { get; }

        /// <summary>Completes it.</summary>
        public abstract IHost Build();
    }

    /// <summary>HTTP for the worker.</summary>
    public static class FunctionsApplicationBuilderAspNetCoreExtensions
    {
        /// <summary>Serves HTTP triggers through ASP.NET Core.</summary>
        public static FunctionsApplicationBuilder ConfigureFunctionsWebApplication(this FunctionsApplicationBuilder builder) => builder;
    }
}

namespace Microsoft.Extensions.Hosting
{
    /// <summary>Middleware for the worker.</summary>
    public static class MiddlewareWorkerApplicationBuilderExtensions
    {
        /// <summary>Adds <typeparamref name="T"/> to the pipeline.</summary>
        public static IFunctionsWorkerApplicationBuilder UseMiddleware<T>(this IFunctionsWorkerApplicationBuilder builder)
            where T : class, IFunctionsWorkerMiddleware => builder;
    }
}

namespace Microsoft.Azure.Functions.Worker
{
    internal static class Standins
    {
        public static NotSupportedException NoWorker() => new(
            "This build has stand-ins in the place of the Azure Functions worker (PackageFeed=partial). It runs under ./run only; build with PackageFeed=full for a Functions host.");
    }
}
