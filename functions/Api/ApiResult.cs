using Microsoft.AspNetCore.Http;

namespace RootCx.Functions.Api;

/// <summary>Answers that several functions give.</summary>
internal static class ApiResult
{
    /// <summary><c>{"error": text}</c>.</summary>
    public static IResult Error(int status, string text) => TypedResults.Json(new ErrorBody(text), ApiJson.Plain.ErrorBody, statusCode: status);

    /// <summary><c>{"message": text}</c>, 200.</summary>
    public static IResult Message(string text) => TypedResults.Json(new MessageBody(text), ApiJson.Plain.MessageBody);
}

/// <summary>The body of answers that only say what was done.</summary>
internal sealed record MessageBody(string Message);
