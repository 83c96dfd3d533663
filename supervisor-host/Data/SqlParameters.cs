using System.Text;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using RootCx.Core.Errors;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Data;

/// <summary>
/// Gives a statement its parameters. They go to the server as texts without a type, as literals in quotes do, so that it decides from the statement
/// what they are. Arrays are written as arrays of PostgreSQL, objects as JSON.
/// </summary>
internal static class SqlParameters
{
    // The protocol counts them in 16 bits.
    private const int Most = 65_535;

    // PostgreSQL's arrays have no more.
    private const int MostDimensions = 6;

    /// <summary>Adds them to the command.</summary>
    /// <exception cref="RefusedException">They are no array, too many, or too deep (400).</exception>
    public static void Add(NpgsqlCommand command, JsonElement parameters)
    {
        if (parameters.ValueKind is not (JsonValueKind.Array or JsonValueKind.Undefined or JsonValueKind.Null))
        {
            throw new RefusedException(Refusal.Invalid, "the parameters of sql() must be an array");
        }

        var count = parameters.ValueKind == JsonValueKind.Array ? parameters.GetArrayLength() : 0;
        if (count > Most)
        {
            throw new RefusedException(Refusal.Invalid, $"{count} parameters for sql(), more than the {Most} that a statement can have");
        }

        for (var i = 0; i < count; i++)
        {
            command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Unknown, Value = (object?)TextOf(parameters[i]) ?? DBNull.Value });
        }

        if (count == 0)
        {
            AddNone(command);
        }
    }

    // Npgsql takes a statement without parameters apart at its semicolons, and runs each part. One parameter that the statement does not mention
    // makes it leave the text to the server, which takes one statement only.
    private static void AddNone(NpgsqlCommand command)
    {
        if (!command.CommandText.Contains("$1", StringComparison.Ordinal))
        {
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = 0 });
        }
        else if (command.CommandText.Contains(';', StringComparison.Ordinal))
        {
            throw new RefusedException(Refusal.Invalid, "sql() was given $1 in a text with a semicolon, and no parameters");
        }
    }

    private static string? TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Array => Append(new StringBuilder(), value, 1).ToString(),
        _ => WorkerAnswer.TextOf(value),
    };

    private static StringBuilder Append(StringBuilder literal, JsonElement array, int dimension)
    {
        if (dimension > MostDimensions)
        {
            throw new RefusedException(Refusal.Invalid, $"a parameter of sql() is an array of more than {MostDimensions} dimensions: for json, pass JSON.stringify(value)");
        }

        literal.Append('{');
        var first = true;
        foreach (var element in array.EnumerateArray())
        {
            _ = first ? literal : literal.Append(',');
            first = false;
            _ = element.ValueKind switch
            {
                JsonValueKind.Null => literal.Append("NULL"),
                JsonValueKind.Array => Append(literal, element, dimension + 1),
                JsonValueKind.String or JsonValueKind.Object => literal.Append('"').Append(Escaped(WorkerAnswer.TextOf(element))).Append('"'),
                _ => literal.Append(element.GetRawText()),
            };
        }

        return literal.Append('}');
    }

    private static string Escaped(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
