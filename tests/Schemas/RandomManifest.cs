using RootCx.Core.Manifests;

namespace RootCx.Tests.Schemas;

/// <summary>Manifests that a seed decides; the names are few, so that those of one seed share entities, fields and indexes.</summary>
internal sealed class RandomManifest(int seed)
{
    private static readonly string[] EntityNames = ["a", "a_b", "b", "b_c", "identity"];
    private static readonly string[] FieldNames = ["b", "b_c", "c", "x", "x_y", "y"];
    private static readonly string[] IndexNames = ["i1", "i2", "i3", "idx_identity_a_x"];

    private readonly Random _random = new(seed);

    /// <summary>The next one.</summary>
    public Entity[] Next()
    {
        var names = Some(EntityNames).ToArray();
        var ids = names.ToDictionary(name => name, _ => _random.Next(4) switch { 0 => FieldType.Text, 1 => FieldType.Number, _ => FieldType.Uuid });
        var indexes = new Queue<string>(Some(IndexNames));
        return [.. names.Select(name => Entity(name, ids, indexes))];
    }

    private Entity Entity(string name, Dictionary<string, FieldType> ids, Queue<string> indexes)
    {
        var fields = Some(FieldNames).Select(field => Field(field, ids)).ToList();
        var keys = fields.Where(field => field.Type is not FieldType.Json and not FieldType.TextArray and not FieldType.NumberArray).Select(field => field.Name).ToArray();
        var declared = new List<EntityIndex>();
        while (keys.Length > 0 && Chance(3) && indexes.TryDequeue(out var index))
        {
            declared.Add(new EntityIndex(index, [.. Some(keys).DefaultIfEmpty(keys[0])], Chance(3)));
        }

        return new Entity(name, ids[name] == FieldType.Uuid ? fields : fields.Prepend(new Field("id", ids[name]) { Required = true }))
        {
            Identity = keys.Length > 0 && Chance(3) ? new EntityIdentity("k", keys[_random.Next(keys.Length)]) : null,
            Indexes = declared,
        };
    }

    private Field Field(string name, Dictionary<string, FieldType> ids)
    {
        var target = ids.Keys.ElementAt(_random.Next(ids.Count));
        if (Chance(3))
        {
            var required = Chance(2);
            return new Field(name, ids[target]) { Required = required, Unique = Chance(4), Reference = new FieldReference(target, required || Chance(2) ? DeleteRule.Cascade : DeleteRule.SetNull) };
        }

        if (Chance(6))
        {
            return new Field(name, FieldType.Uuid) { Reference = new FieldReference(null, DeleteRule.SetNull) };
        }

        var types = Enum.GetValues<FieldType>();
        var type = types[_random.Next(types.Length)];
        string[]? values = Chance(3) ? type switch { FieldType.Text => [.. Some(["1", "2", "it's", "a\\b"]).Append("1")], FieldType.Number => [.. Some(["2", "3.5", "-4"]).Append("1")], _ => null } : null;
        return new Field(name, type)
        {
            Required = Chance(2),
            Unique = Chance(5) && type is not FieldType.Json and not FieldType.TextArray and not FieldType.NumberArray,
            EnumValues = values?.Distinct().ToList(),
            Default = Chance(2) ? Default(type, values is not null) : null,
        };
    }

    private string Default(FieldType type, bool hasValues)
    {
        var choices = type switch
        {
            FieldType.Text => hasValues ? ["1"] : (string[])["1", "it''s", "a\\b", "now()"],
            FieldType.Number => hasValues ? ["1"] : ["1", "-2.50", "1e3"],
            FieldType.Boolean => ["true", "false"],
            FieldType.Date => ["2026-01-01", "infinity"],
            FieldType.Timestamp => ["2026-01-01T10:00:00+02:00"],
            FieldType.Json => ["{\"b\":1, \"a\": [\"it''s\"]}", "null", "\"1\""],
            FieldType.Uuid => ["8a6e0804-2bd0-4672-b79d-d97027f9071a"],
            FieldType.TextArray => ["{}", "{a,\"b c\"}"],
            _ => ["{1,2.50}"],
        };
        return type == FieldType.Timestamp && Chance(2) ? "now()" : $"'{choices[_random.Next(choices.Length)]}'::{type.SqlName()}";
    }

    private string[] Some(string[] names)
    {
        var shuffled = names.ToArray();
        _random.Shuffle(shuffled);
        return shuffled[..(1 + _random.Next(shuffled.Length))];
    }

    private bool Chance(int oneIn) => _random.Next(oneIn) == 0;
}
