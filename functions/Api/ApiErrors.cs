using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Npgsql;
using RootCx.Core.Database;
using RootCx.Core.Errors;
using RootCx.Core.Storage;

namespace RootCx.Functions.Api;

/// <summary>The one mapping from what went wrong to what the client is told.</summary>
internal static class ApiErrors
{
    /// <summary>Which kind of error, for machines.</summary>
    public const string CodeHeader = "X-RootCX-Error";

    private const int RetrySeconds = 1;
    private const string NotReady = "runtime not ready"; // the database or the storage is away

    /// <summary>Status and text for <paramref name="exception"/>; texts of bugs are masked.</summary>
    public static ApiError For(Exception exception) => exception switch
    {
        RefusedException refused => new ApiError(StatusFor(refused.Refusal), refused.Message, refused.Code, refused.RetryAfter, refused.Details),
        BadHttpRequestException bad => new ApiError(bad.StatusCode, $"bad request: {bad.Message}"),
        TargetInvocationException { InnerException: { } inner } => For(inner),
        _ when exception.IsPassingStorageFault() => new ApiError(StatusCodes.Status503ServiceUnavailable, NotReady),
        AggregateException { InnerExceptions: [var only] } => For(only),
        NpgsqlException passing when passing.Passes() => new ApiError(StatusCodes.Status503ServiceUnavailable, NotReady),
        NpgsqlException => new ApiError(StatusCodes.Status500InternalServerError, "internal database error"),
        _ => new ApiError(StatusCodes.Status500InternalServerError, "internal error"),
    };

    /// <summary>Whether <paramref name="exception"/> is the client's business rather than a fault of ours.</summary>
    public static bool IsExpected(Exception exception) => exception is RefusedException or BadHttpRequestException
        || (exception is TargetInvocationException or AggregateException && exception.InnerException is { } inner && IsExpected(inner));

    /// <summary>Answers with <paramref name="error"/>.</summary>
    public static async Task WriteAsync(HttpContext context, ApiError error)
    {
        context.Response.StatusCode = error.Status;
        if (error.Code is not null)
        {
            context.Response.Headers[CodeHeader] = error.Code;
        }

        if (error.RetryAfter is { } pause)
        {
            context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(pause.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }
        else if (error.Status == StatusCodes.Status503ServiceUnavailable)
        {
            context.Response.Headers.RetryAfter = RetrySeconds.ToString(CultureInfo.InvariantCulture);
        }

        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(BodyOf(error));
    }

    private static byte[] BodyOf(ApiError error)
    {
        if (error.Details is null)
        {
            return JsonSerializer.SerializeToUtf8Bytes(new ErrorBody(error.Text), ApiJson.Plain.ErrorBody);
        }

        var body = new JsonObject { ["error"] = error.Text };
        foreach (var (name, value) in error.Details)
        {
            body[name] = value?.DeepClone();
        }

        return JsonSerializer.SerializeToUtf8Bytes(body, ApiJson.Plain.JsonObject);
    }

    private static int StatusFor(Refusal refusal) => refusal switch
    {
        Refusal.Invalid => StatusCodes.Status400BadRequest,
        Refusal.Unauthenticated => StatusCodes.Status401Unauthorized,
        Refusal.Forbidden => StatusCodes.Status403Forbidden,
        Refusal.NotFound => StatusCodes.Status404NotFound,
        Refusal.TooSlow => StatusCodes.Status408RequestTimeout,
        Refusal.Conflict => StatusCodes.Status409Conflict,
        Refusal.PreconditionFailed => StatusCodes.Status412PreconditionFailed,
        Refusal.TooLarge => StatusCodes.Status413PayloadTooLarge,
        Refusal.UnsupportedType => StatusCodes.Status415UnsupportedMediaType,
        Refusal.TooMany => StatusCodes.Status429TooManyRequests,
        Refusal.Unprocessable => StatusCodes.Status422UnprocessableEntity,
        Refusal.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };
}

/// <summary>An error as it goes out.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Text">For people.</param>
/// <param name="Code">For machines, or null.</param>
/// <param name="RetryAfter">When it is worth trying again, if that is known.</param>
/// <param name="Details">What stands beside the text in the body.</param>
internal sealed record ApiError(int Status, string Text, string? Code = null, TimeSpan? RetryAfter = null, JsonObject? Details = null);

/// <summary>The body of every error.</summary>
internal sealed record ErrorBody(string Error);
