namespace RootCx.Core.Manifests;

/// <summary>Which entities a manifest has and of what type their ids are: known before the first link is read, whatever else is wrong with them.</summary>
internal sealed class EntityIds
{
    private readonly Dictionary<string, ManifestObject?> _declared = [];

    /// <summary>Of this manifest.</summary>
    public EntityIds(ManifestObject silent)
    {
        foreach (var entity in silent.Objects(EntitySection.Key, EntitySection.MostEntities))
        {
            if (entity.Name("entityName") is { } name)
            {
                _declared.TryAdd(name, entity.Objects("fields", EntitySection.MostFields).FirstOrDefault(field => field.Name("name") == Field.Id.Name));
            }
        }
    }

    /// <summary>Whether there is such an entity.</summary>
    public bool Has(string entity) => _declared.ContainsKey(entity);

    /// <summary>The type of an entity's id; null if that points, maybe by way of others, to itself.</summary>
    public FieldType? TypeOf(string entity)
    {
        var seen = new HashSet<string>();
        while (seen.Add(entity))
        {
            // What points to nothing that is there is reported where it does so.
            if (!_declared.TryGetValue(entity, out var id) || id?.Text("type", int.MaxValue) is not { } type)
            {
                return FieldType.Uuid;
            }

            if (type != FieldReader.Link)
            {
                return FieldReader.TypeOf(type);
            }

            if (id.Object("references")?.Text("entity", int.MaxValue) is not { } target || target == FieldReader.Users)
            {
                return FieldType.Uuid;
            }

            entity = target;
        }

        return null;
    }
}
