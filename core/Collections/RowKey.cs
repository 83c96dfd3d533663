using RootCx.Core.Errors;
using RootCx.Core.Manifests;

namespace RootCx.Core.Collections;

/// <summary>Reads the ids of records.</summary>
public static class RowKey
{
    /// <summary>The id of a record of the entity; a UUID, unless its manifest declares another type.</summary>
    /// <exception cref="RefusedException">It is none (400).</exception>
    public static object Require(Entity? entity, string text)
    {
        if (entity is not null && entity.Id.Type != FieldType.Uuid)
        {
            return FieldValue.Parse(entity.Id.Type, text, "id");
        }

        return Guid.TryParse(text, out var id) ? id : throw new RefusedException(Refusal.Invalid, $"invalid UUID: '{text}'");
    }
}
