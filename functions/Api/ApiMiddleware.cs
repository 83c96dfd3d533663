using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace RootCx.Functions.Api;

/// <summary>Puts <see cref="ApiPipeline"/> around the HTTP functions of the Azure Functions worker.</summary>
public sealed class ApiMiddleware(ApiPipeline pipeline) : IFunctionsWorkerMiddleware
{
    /// <inheritdoc />
    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next) =>
        context.GetHttpContext() is { } http ? pipeline.InvokeAsync(http, () => next(context)) : next(context);
}
