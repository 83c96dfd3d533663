using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace RootCx.Functions.Api;

/// <summary>
/// What stands around every HTTP function, on whichever host: CORS headers before, errors turned into answers after. Without it the Functions host
/// would answer an exception with an empty 500.
/// </summary>
public sealed partial class ApiPipeline(ApiCors cors, ILogger<ApiPipeline> logger)
{
    /// <summary>Runs <paramref name="function"/> and answers for what it throws.</summary>
    public async Task InvokeAsync(HttpContext context, Func<Task> function)
    {
        cors.Apply(context);
        try
        {
            await function();
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone; there is nobody to answer.
        }
        catch (Exception exception)
        {
            if (!ApiErrors.IsExpected(exception))
            {
                Log.Failed(logger, exception, context.Request.Method, context.Request.Path);
            }

            if (context.Response.HasStarted)
            {
                context.Abort(); // what was sent is incomplete, and the client must not take it for whole
                return;
            }

            await ApiErrors.WriteAsync(context, ApiErrors.For(exception));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3001, LogLevel.Error, "{Method} {Path} failed")]
        public static partial void Failed(ILogger logger, Exception exception, string method, string path);
    }
}
