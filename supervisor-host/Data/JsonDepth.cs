using System.Runtime.InteropServices;
using System.Text.Json;
using RootCx.Core.Errors;

namespace RootCx.SupervisorHost.Data;

/// <summary>
/// How deep the data of an operation may be. Messages of workers may be deeper, since results of calls are only passed on; data is walked level by level,
/// and ends up where others read it.
/// </summary>
internal static class JsonDepth
{
    /// <summary>Most levels of arrays and objects, as over HTTP.</summary>
    public const int Most = 512;

    /// <summary>Refuses values that are deeper. Takes no stack for their levels.</summary>
    /// <param name="value">The value; undefined when there is none.</param>
    /// <exception cref="RefusedException">It is deeper (400).</exception>
    public static void Require(JsonElement value)
    {
        if (value.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object))
        {
            return;
        }

        var reader = new Utf8JsonReader(JsonMarshal.GetRawUtf8Value(value), new JsonReaderOptions { MaxDepth = int.MaxValue });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject && reader.CurrentDepth >= Most) // those around it
            {
                throw new RefusedException(Refusal.Invalid, $"the data is nested more than {Most} levels deep");
            }
        }
    }
}
