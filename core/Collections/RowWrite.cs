using System.Text.Json;
using RootCx.Core.Errors;
using RootCx.Core.Json;
using RootCx.Core.Manifests;

namespace RootCx.Core.Collections;

/// <summary>Reads rows that clients want to write.</summary>
internal static class RowWrite
{
    /// <summary>The values of a row by column, in the order they were sent; what the system sets itself is left out. Of a field that comes twice the last one counts.</summary>
    /// <param name="entity">Whose row.</param>
    /// <param name="body">What was sent.</param>
    /// <param name="isNew">Whether the row is to be made; a row that is there keeps its id.</param>
    /// <param name="place">Where it stood, for refusals; empty for the body itself.</param>
    /// <exception cref="RefusedException">No object, empty, an unknown field, or a value that can't be one (400).</exception>
    public static Dictionary<Field, object?> Read(Entity entity, JsonElement body, bool isNew, string place = "")
    {
        var what = place.Length == 0 ? "body" : place;
        if (body.ValueKind != JsonValueKind.Object)
        {
            throw Refused($"{what} must be a JSON object");
        }

        var values = new Dictionary<Field, object?>(ReferenceEqualityComparer.Instance); // an entity has each of its fields once, and comparing all of a field takes long
        var any = false;
        foreach (var property in body.EnumerateObject())
        {
            any = true;
            var name = JsonText.NameOrNull(property) ?? throw Refused($"{what}: a field's name is not Unicode text");
            var field = entity.Find(name) ?? throw Unknown(entity, name, place);
            if (entity.IsWritable(field) && (isNew || !ReferenceEquals(field, entity.Id)))
            {
                values[field] = FieldValue.Read(field.Type, property.Value, place.Length == 0 ? name : $"{place}.{name}");
            }
        }

        return any ? values : throw Refused($"{what} must not be empty");
    }

    /// <summary>The refusal of a field that there is not.</summary>
    public static RefusedException Unknown(Entity entity, string name, string place = "") =>
        Refused($"unknown field '{name}' in entity '{entity.Name}'" + (place.Length == 0 ? "" : $": {place}"));

    private static RefusedException Refused(string text) => new(Refusal.Invalid, text);
}
