namespace RootCx.Core.Manifests;

/// <summary>Reads an entity's fields.</summary>
internal sealed class FieldReader(EntityIds ids)
{
    /// <summary>The type of fields that point to rows.</summary>
    public const string Link = "entity_link";

    /// <summary>The platform's users, as a target.</summary>
    public const string Users = "core:users";

    private const int LongestWord = 100;

    // What every table has already.
    private static readonly HashSet<string> OfPostgres = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

    /// <summary>The type that a word stands for; words that nobody knows are text.</summary>
    public static FieldType TypeOf(string word) => word switch
    {
        "number" => FieldType.Number,
        "boolean" => FieldType.Boolean,
        "date" => FieldType.Date,
        "timestamp" => FieldType.Timestamp,
        "json" => FieldType.Json,
        "uuid" => FieldType.Uuid,
        "[text]" => FieldType.TextArray,
        "[number]" => FieldType.NumberArray,
        _ => FieldType.Text,
    };

    /// <summary>A field; null if it has no valid name, or is one that the system sees to.</summary>
    public Field? Read(ManifestObject part)
    {
        var name = part.RequireName("name");
        if (name == Field.CreatedAt.Name || name == Field.UpdatedAt.Name)
        {
            return null;
        }

        if (name is not null && OfPostgres.Contains(name))
        {
            part.Report("name", $"'{name}' is a column that every table has already: choose another name");
        }

        var isId = name == Field.Id.Name;
        var target = Target(part);
        var type = Type(part, target, isId);
        var required = part.Flag("required") || isId;
        var reference = Reference(part, target, required);
        var unique = part.Flag("unique");
        if (unique && !IndexReader.IsIndexable(type))
        {
            part.Report("unique", $"can't be unique: {IndexReader.NotIndexable}");
        }

        var primaryKey = part.Spelling("is_primary_key", "isPrimaryKey");
        if (part.Flag(primaryKey) && !isId && name is not null)
        {
            part.Report(primaryKey, "the primary key is always the field 'id'");
        }

        var values = EnumValues.Read(part, type);
        var value = isId ? FieldDefault.ReadOfId(part, type, isLink: target is not null) : FieldDefault.Read(part, type, values);
        return name is null ? null : new Field(name, type)
        {
            Required = required,
            Unique = unique && !isId,
            EnumValues = values,
            Reference = reference,
            Default = value,
        };
    }

    // What it points to as the manifest has it; null for nothing, or nothing that can be pointed to.
    private string? Target(ManifestObject part)
    {
        if (part.Object("references") is not { } references
            || references.RequireText("entity", int.MaxValue, $"the name of an entity of this manifest, or '{Users}'") is not { } target)
        {
            return null;
        }

        if (target == Users || ids.Has(target))
        {
            return target;
        }

        references.Report("entity", target.Contains(':', StringComparison.Ordinal)
            ? target.StartsWith("core:", StringComparison.Ordinal)
                ? $"{ManifestNames.Quote(target)} can't be pointed to: of the core only '{Users}' can"
                : $"{ManifestNames.Quote(target)} is in another app: only entities of this manifest and '{Users}' can be pointed to"
            : $"there is no entity {ManifestNames.Quote(target)} in this manifest");
        return null;
    }

    private FieldType Type(ManifestObject part, string? target, bool isId)
    {
        var word = part.RequireText("type", LongestWord, $"text, number, boolean, date, timestamp, json, uuid, file, {Link}, [text] or [number]");
        var wanted = target is null or Users ? FieldType.Uuid : ids.TypeOf(target);
        if (word is null)
        {
            return wanted ?? FieldType.Uuid;
        }

        if (isId && wanted is null)
        {
            part.Report("references.entity", $"the id of '{target}' points, maybe by way of others, to itself: one of them needs a type of its own");
        }

        if (word == Link)
        {
            return wanted ?? FieldType.Uuid;
        }

        var type = TypeOf(word);
        if (target is not null && wanted is { } fitting && fitting != type)
        {
            part.Report("type", $"must be '{Link}' or fit the id of '{target}', which is {fitting.SqlName()}; this is {type.SqlName()}");
        }

        if (isId && !IndexReader.IsIndexable(type))
        {
            part.Report("type", $"can't be the type of an id: {IndexReader.NotIndexable}");
        }

        return type;
    }

    private static FieldReference? Reference(ManifestObject part, string? target, bool required)
    {
        var key = part.Spelling("on_delete", "onDelete");
        DeleteRule? rule = part.Text(key, LongestWord) switch
        {
            null => null,
            "cascade" => DeleteRule.Cascade,
            "restrict" => DeleteRule.Restrict,
            "set_null" => DeleteRule.SetNull,
            var other => Unknown(other),
        };
        if (rule == DeleteRule.SetNull && required)
        {
            part.Report(key, "a required field can't be set to null: use 'restrict' or 'cascade'");
        }

        return target is null ? null : new FieldReference(target == Users ? null : target, rule ?? (required ? DeleteRule.Restrict : DeleteRule.SetNull));

        DeleteRule? Unknown(string other)
        {
            part.Report(key, $"{ManifestNames.Quote(other)} is no rule: expected 'cascade', 'restrict' or 'set_null'");
            return null;
        }
    }
}
