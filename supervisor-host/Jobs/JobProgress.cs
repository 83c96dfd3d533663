using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RootCx.SupervisorHost.Jobs;

/// <summary>The data of the event that tells a job's progress.</summary>
internal sealed record JobProgress([property: JsonPropertyName("msg_id")] long Id, double Progress, string? Note)
{
    private static readonly JobProgressJson Plain = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    });

    /// <summary>As JSON.</summary>
    public static string ToJson(long id, double progress, string? note) => JsonSerializer.Serialize(new JobProgress(id, progress, note), Plain.JobProgress);
}

/// <summary>JSON of it.</summary>
[JsonSerializable(typeof(JobProgress))]
internal sealed partial class JobProgressJson : JsonSerializerContext;
