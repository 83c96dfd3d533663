using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using NpgsqlTypes;
using RootCx.Core.Errors;
using RootCx.Core.Json;
using RootCx.Core.Manifests;

namespace RootCx.Core.Collections;

/// <summary>Where a page ended: the last row's value in the field that orders them, and its id. Opaque to clients.</summary>
/// <param name="OrderBy">The field.</param>
/// <param name="Descending">Its direction.</param>
/// <param name="Value">The value as text; null for a null.</param>
/// <param name="Id">The id as text.</param>
internal sealed record RowCursor(string OrderBy, bool Descending, string? Value, string Id)
{
    /// <summary>Reads one.</summary>
    /// <exception cref="RefusedException">It is none, or one of another order (400).</exception>
    public static RowCursor Parse(string text, Field orderBy, bool descending)
    {
        try
        {
            using var json = JsonDocument.Parse(Base64Url.DecodeFromChars(text));
            string?[] parts = [.. json.RootElement.EnumerateArray().Select(part => part.ValueKind == JsonValueKind.Null ? null : JsonText.OrNull(part) ?? throw Refused())];
            var cursor = parts is [{ } field, { } direction, var value, { } id] ? new RowCursor(field, direction == "desc", value, id) : throw Refused();
            return cursor.OrderBy == orderBy.Name && cursor.Descending == descending
                ? cursor
                : throw new RefusedException(Refusal.Invalid, "invalid cursor: it belongs to another order; begin with \"cursor\": null");
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidOperationException)
        {
            throw Refused();
        }
    }

    /// <summary>The condition that holds for the rows after it, in SQL.</summary>
    public string After(QueryRequest query, SqlBuilder sql)
    {
        var (field, with) = (query.OrderBy, Descending ? "<" : ">");
        var id = $"{sql.Add(NpgsqlDbType.Text, Id)}::{query.IdType.SqlName()}";
        if (field.Name == Field.Id.Name)
        {
            return $"t.id {with} {id}";
        }

        var column = EntityTable.Column(field);
        if (Value is null)
        {
            // Nulls are the greatest.
            return Descending ? $"(({column} is null and t.id < {id}) or {column} is not null)" : $"({column} is null and t.id > {id})";
        }

        var value = $"{sql.Add(NpgsqlDbType.Text, Value)}::{field.Type.SqlName()}";
        var after = $"({column}, t.id) {with} ({value}, {id})";
        return field.Required || Descending ? after : $"({after} or {column} is null)";
    }

    /// <inheritdoc />
    public override string ToString() => Base64Url.EncodeToString(
        Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new[] { OrderBy, Descending ? "desc" : "asc", Value, Id }, CursorJson.Default.StringArray)));

    private static RefusedException Refused() => new(Refusal.Invalid, "invalid cursor: send nextCursor of the page before as it was, or null for the first one");
}
