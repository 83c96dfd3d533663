namespace RootCx.Core.Manifests;

/// <summary>Reads the data contract.</summary>
internal sealed class EntitySection(ManifestObject manifest, EntityIds ids)
{
    /// <summary>The section's key.</summary>
    public const string Key = "dataContract";

    /// <summary>So many entities may an app have.</summary>
    public const int MostEntities = 500;

    /// <summary>So many fields may an entity have; with those of the system far below the 1,600 columns of a table.</summary>
    public const int MostFields = 500;

    private readonly IndexReader _indexes = new(ids);

    /// <summary>All entities, in their order.</summary>
    public IReadOnlyList<Entity> Read()
    {
        var entities = new Dictionary<string, Entity>();
        foreach (var part in manifest.Objects(Key, MostEntities))
        {
            var name = part.RequireName("entityName");
            if (name is not null && entities.ContainsKey(name))
            {
                part.Report("entityName", $"there are two entities '{name}'");
            }

            // One that is not valid is read as well, for what else is wrong with it.
            var entity = Read(part, name ?? "");
            entities.TryAdd(entity.Name, entity);
        }

        return [.. entities.Values];
    }

    private Entity Read(ManifestObject part, string name)
    {
        var fields = new Dictionary<string, Field>();
        var reader = new FieldReader(ids);
        foreach (var declared in part.Objects("fields", MostFields))
        {
            if (reader.Read(declared) is { } field && !fields.TryAdd(field.Name, field))
            {
                declared.Report("name", $"there are two fields '{field.Name}'");
            }
        }

        var entity = new Entity(name, fields.Values);
        return new Entity(name, fields.Values) { Identity = Identity(part, entity), Indexes = _indexes.Read(part, entity) };
    }

    private static EntityIdentity? Identity(ManifestObject part, Entity entity)
    {
        var kind = part.Name("identityKind");
        var key = part.Text("identityKey", int.MaxValue);
        if (part.Find("identityKind") is null != part.Find("identityKey") is null)
        {
            var missing = part.Find("identityKind") is null ? "identityKind" : "identityKey";
            part.Report(missing, "missing: identityKind and identityKey come together or not at all");
        }

        if (key is null)
        {
            return null;
        }

        if (entity.Find(key) is not { } field || ReferenceEquals(field, Field.CreatedAt) || ReferenceEquals(field, Field.UpdatedAt))
        {
            part.Report("identityKey", $"there is no field {ManifestNames.Quote(key)} in the entity");
            return null;
        }

        if (!IndexReader.IsIndexable(field.Type))
        {
            part.Report("identityKey", $"'{key}' can't be a key: {IndexReader.NotIndexable}");
        }

        return kind is null ? null : new EntityIdentity(kind, key);
    }
}
