using System.Text.Json;
using System.Text.Json.Serialization;

namespace RootCx.Core.Workers;

/// <summary>What a supervisor knows of an app's worker at the moment; keys in snake case, as all of workers.</summary>
/// <param name="Version">The deployment that runs, or ran last; null before the first.</param>
/// <param name="Pid">The process id, null while there is none.</param>
/// <param name="Host">The supervisor.</param>
/// <param name="StartedAt">When the present process was started.</param>
/// <param name="Restarts">How often it was started again after a crash since it was last started or deployed.</param>
/// <param name="LastExit">How the last process ended, such as <c>signal SIGKILL</c> or <c>exit code 1</c>.</param>
/// <param name="LastErrors">The last lines that the last process to crash wrote to standard error or logged as errors.</param>
/// <param name="MemoryBytes">Resident memory.</param>
/// <param name="CallsInFlight">Calls that were not answered yet.</param>
public sealed record WorkerDetail(
    int? Version,
    int? Pid,
    string Host,
    DateTimeOffset? StartedAt,
    int Restarts,
    string? LastExit,
    string? LastErrors,
    long? MemoryBytes,
    int CallsInFlight)
{
    /// <summary>As JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, WorkerJson.Default.WorkerDetail);
}

/// <summary>JSON of workers.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(WorkerDetail))]
internal sealed partial class WorkerJson : JsonSerializerContext;
