using System.Text.Json.Nodes;

namespace RootCx.Core.Errors;

/// <summary>A request that is answered with an error the client is meant to read. Anything else that is thrown is a bug and is answered as such.</summary>
/// <param name="refusal">Decides the status.</param>
/// <param name="message">Shown to the client as it is: what was wrong, where, and what would be right.</param>
public sealed class RefusedException(Refusal refusal, string message) : Exception(message)
{
    /// <summary>Decides the status.</summary>
    public Refusal Refusal { get; } = refusal;

    /// <summary>For machines: the value of the answer's <c>X-RootCX-Error</c> header, if any.</summary>
    public string? Code { get; init; }

    /// <summary>What else machines may read of it, beside the text: goes into the answer's body.</summary>
    public JsonObject? Details { get; init; }

    /// <summary>When it is worth trying again, if that is known.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
