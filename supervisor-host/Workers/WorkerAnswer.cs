using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using RootCx.Core.Channels;
using RootCx.Core.Secrets;

namespace RootCx.SupervisorHost.Workers;

/// <summary>Reads a worker's answer to a call.</summary>
internal static class WorkerAnswer
{
    /// <summary>The outcome in an <c>rpc_response</c>; a missing result is null.</summary>
    /// <param name="response">What the worker sent.</param>
    /// <param name="mask">What an error must not say.</param>
    public static RpcOutcome Read(JsonElement response, SecretMask mask)
    {
        if (response.TryGetProperty("error", out var error))
        {
            var text = mask.Apply(TextOf(error));
            return (response.TryGetProperty("code", out var code) ? code.GetString() : null) switch
            {
                "unknown_method" => RpcOutcome.Failure($"worker error: {text}", RpcErrors.UnknownMethod),
                "not_serializable" or "too_large" => RpcOutcome.Failure($"worker error: {text}", RpcErrors.BadResult),
                _ => RpcOutcome.Failure(text, RpcErrors.Handler),
            };
        }

        // The document is returned to its pool, so the bytes are copied.
        return response.TryGetProperty("result", out var result)
            ? new RpcOutcome(JsonMarshal.GetRawUtf8Value(result).ToArray())
            : new RpcOutcome("null"u8.ToArray());
    }

    /// <summary>The answer in a <c>job_result</c>; a missing result is null.</summary>
    /// <param name="result">What the worker sent.</param>
    /// <param name="interrupted">Whether the worker had been told to end: what is thrown then is not the job's fault.</param>
    /// <param name="mask">What an error must not say.</param>
    public static JobAnswer ReadJob(JsonElement result, bool interrupted, SecretMask mask) => result.TryGetProperty("error", out var error)
        ? new JobAnswer(interrupted ? JobAnswerKind.Interrupted : JobAnswerKind.Thrown, mask.Apply(TextOf(error)))
        : new JobAnswer(JobAnswerKind.Returned, result.TryGetProperty("result", out var value) ? value.GetRawText() : "null");

    /// <summary>What a value says: a string's text, anything else as JSON. Half a surrogate pair, which JavaScript can make, becomes U+FFFD.</summary>
    public static string TextOf(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return value.GetRawText();
        }

        try
        {
            return value.GetString()!; // a string
        }
        catch (InvalidOperationException)
        {
            // A regular expression's escapes are a superset of JSON's.
            return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(Regex.Unescape(value.GetRawText()[1..^1])));
        }
    }
}
