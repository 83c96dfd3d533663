using System.Text.Json;
using System.Text.Json.Serialization;
using RootCx.Core.Auth;
using RootCx.Core.Telemetry;

namespace RootCx.Core.Channels;

/// <summary>Header of a call; its body is the <c>params</c>.</summary>
/// <param name="Id">Correlates the reply; made by the platform, never by clients.</param>
/// <param name="AppId">Whose worker is called.</param>
/// <param name="Method">Name of the handler.</param>
/// <param name="Caller">Who calls, or null for the platform itself.</param>
/// <param name="ExpiresAt">From then on nobody waits for the reply, and the call is not begun any more.</param>
/// <param name="ReplyQueue">Where the reply goes.</param>
/// <param name="Kind">What is asked for.</param>
/// <param name="Trace">The trace that it belongs to, if any.</param>
/// <param name="SentAt">When it was sent, in milliseconds since 1970; null if nobody wants to know.</param>
public sealed record RpcRequest(
    Guid Id,
    string AppId,
    string Method,
    Caller? Caller,
    DateTimeOffset ExpiresAt,
    string ReplyQueue,
    RpcKind Kind = RpcKind.Call,
    TraceContext? Trace = null,
    long? SentAt = null);

/// <summary>Header of a reply; its body is the result or, as long as it may be, the error's text in UTF-8.</summary>
/// <param name="Id">Of the call.</param>
/// <param name="Failed">Whether it is an error.</param>
/// <param name="Code">Which kind of error; see <see cref="RpcErrors"/>.</param>
public sealed record RpcReply(Guid Id, bool Failed = false, string? Code = null);

/// <summary>What a call came to.</summary>
/// <param name="Result">The handler's value as JSON; meaningless with an error.</param>
/// <param name="Error">Text for the client, or null.</param>
/// <param name="Code">Which kind of error; see <see cref="RpcErrors"/>.</param>
public sealed record RpcOutcome(ReadOnlyMemory<byte> Result, string? Error = null, string? Code = null)
{
    /// <summary>An outcome that is an error.</summary>
    public static RpcOutcome Failure(string error, string code) => new(default, error, code);
}

/// <summary>The kinds of error, as the <c>X-RootCX-Error</c> header gives them to machines, and the platform's own texts.</summary>
public static class RpcErrors
{
    /// <summary>The handler threw; the text is its own.</summary>
    public const string Handler = "handler";

    /// <summary>No handler of that name.</summary>
    public const string UnknownMethod = "unknown_method";

    /// <summary>No answer in time.</summary>
    public const string Timeout = "timeout";

    /// <summary>The app's worker is stopped or crashed, or there is none.</summary>
    public const string NotRunning = "not_running";

    /// <summary>The worker ended before it answered.</summary>
    public const string WorkerLost = "worker_lost";

    /// <summary>The handler's value can't be sent.</summary>
    public const string BadResult = "bad_result";

    /// <summary>More calls are under way than are taken, or can be answered in time; this one was not begun. Trying again after a while is right.</summary>
    public const string Overloaded = "overloaded";

    /// <summary>Stopped or crashed.</summary>
    public static readonly RpcOutcome WorkerNotRunning = RpcOutcome.Failure("worker error: worker not running", NotRunning);

    /// <summary>The supervisor ended before it answered.</summary>
    public static readonly RpcOutcome SupervisorLost = RpcOutcome.Failure("worker error: the supervisor of the worker ended before it answered", WorkerLost);

    /// <summary>The supervisor, or the API, has more calls than it takes.</summary>
    public static readonly RpcOutcome HostOverloaded = RpcOutcome.Failure("worker error: too many calls are under way", Overloaded);

    /// <summary>The worker has more calls than one may.</summary>
    public static readonly RpcOutcome WorkerOverloaded = RpcOutcome.Failure("worker error: too many calls of this app are under way", Overloaded);

    /// <summary>The worker answers too slowly for one more call.</summary>
    public static readonly RpcOutcome WorkerTooSlow =
        RpcOutcome.Failure("worker error: more calls of this app are under way than can be answered in time", Overloaded);

    /// <summary>Known, but without code.</summary>
    public static RpcOutcome NoWorker(string appId) => RpcOutcome.Failure($"worker error: no worker for app '{appId}'", NotRunning);

    /// <summary>Over the time limit.</summary>
    public static RpcOutcome TimedOut(TimeSpan limit) => RpcOutcome.Failure($"worker error: rpc timeout ({limit.TotalSeconds:0.###}s)", Timeout);
}

/// <summary>JSON of what travels on the channel.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RpcRequest))]
[JsonSerializable(typeof(RpcReply))]
internal sealed partial class ChannelJson : JsonSerializerContext;
