using System.Text.Json;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Data;

/// <summary>Something that a worker asks the platform to do with its app's data.</summary>
/// <param name="Id">The worker's own name for it, as JSON; only ever echoed.</param>
/// <param name="Call">The call or the delivery of a job that it says it is done for, or null.</param>
public abstract record WorkerOperation(string Id, string? Call)
{
    private const int LongestId = 256;

    /// <summary>The type of the message that answers it.</summary>
    public abstract string AnswerType { get; }

    /// <summary>Reads a <c>collection_op</c>.</summary>
    /// <exception cref="Exception">It is malformed, as <see cref="JsonElement"/> says it.</exception>
    public static WorkerOperation ReadCollectionOperation(JsonElement message) => new CollectionOperation(
        IdOf(message), CallOf(message), WorkerAnswer.TextOf(message.GetProperty("op")), WorkerAnswer.TextOf(message.GetProperty("entity")), ValueOf(message, "data"));

    /// <summary>Reads a <c>sql_query</c>.</summary>
    /// <exception cref="Exception">It is malformed, as <see cref="JsonElement"/> says it.</exception>
    public static WorkerOperation ReadSqlQuery(JsonElement message) =>
        new SqlQuery(IdOf(message), CallOf(message), WorkerAnswer.TextOf(message.GetProperty("text")), ValueOf(message, "params"));

    private static string IdOf(JsonElement message)
    {
        var id = message.GetProperty("id");
        var text = id.GetRawText();
        return id.ValueKind is JsonValueKind.String or JsonValueKind.Number && text.Length <= LongestId
            ? text
            : throw new FormatException("An id is a text or a number.");
    }

    private static string? CallOf(JsonElement message) =>
        message.TryGetProperty("call", out var call) && call.ValueKind == JsonValueKind.String ? WorkerAnswer.TextOf(call) : null;

    // The message goes away before it is carried out.
    private static JsonElement ValueOf(JsonElement message, string name) => message.TryGetProperty(name, out var value) ? value.Clone() : default;
}

/// <summary>One of <c>ctx.collection</c>.</summary>
/// <param name="Id">See <see cref="WorkerOperation"/>.</param>
/// <param name="Call">See <see cref="WorkerOperation"/>.</param>
/// <param name="Op">What to do.</param>
/// <param name="Entity">With which entity.</param>
/// <param name="Data">The row, the condition or the id; undefined when there is none.</param>
public sealed record CollectionOperation(string Id, string? Call, string Op, string Entity, JsonElement Data) : WorkerOperation(Id, Call)
{
    /// <inheritdoc />
    public override string AnswerType => "collection_op_result";
}

/// <summary>One of <c>ctx.sql</c>.</summary>
/// <param name="Id">See <see cref="WorkerOperation"/>.</param>
/// <param name="Call">See <see cref="WorkerOperation"/>.</param>
/// <param name="Text">The statement.</param>
/// <param name="Parameters">An array; undefined when there is none.</param>
public sealed record SqlQuery(string Id, string? Call, string Text, JsonElement Parameters) : WorkerOperation(Id, Call)
{
    /// <inheritdoc />
    public override string AnswerType => "sql_query_result";
}
