using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RootCx.Core.Json;

namespace RootCx.Core.Manifests;

/// <summary>Reads the indexes that entities declare; one for the whole manifest, since their names are unique in it.</summary>
internal sealed class IndexReader(EntityIds ids)
{
    /// <summary>Why some fields can't be in keys and indexes.</summary>
    public const string NotIndexable = "fields of type json, [text] and [number] can't be compared as a whole";

    private const int MostIndexes = 50;
    private const int MostColumns = 32; // of Postgres
    private const int LongestName = 63;
    private const int HashDigits = 8;

    private static readonly string[] Unsupported = ["using", "where", "with"];

    private readonly HashSet<string> _names = [];

    /// <summary>Whether a column of the type can be in an index.</summary>
    public static bool IsIndexable(FieldType type) => type is not FieldType.Json && !type.IsArray();

    /// <summary>Those of an entity.</summary>
    public IReadOnlyList<EntityIndex> Read(ManifestObject part, Entity entity)
    {
        var indexes = new List<EntityIndex>();
        foreach (var index in part.Objects("indexes", MostIndexes))
        {
            foreach (var key in Unsupported.Where(key => index.Find(key) is not null))
            {
                index.Report(key, "is not supported: leave it out");
            }

            var unique = index.Flag("unique");
            var columns = Columns(index, entity);
            var name = index.Name("name") ?? (index.Find("name") is null ? MakeName(entity.Name, columns, unique) : null);
            if (name is null)
            {
                continue;
            }

            if (ids.Has(name))
            {
                index.Report("name", $"there is an entity '{name}', and tables and indexes share their names");
            }
            else if (!_names.Add(name))
            {
                index.Report("name", $"there are two indexes '{name}' in the app");
            }

            if (columns.Count > 0 && indexes.Exists(other => other.Unique == unique && other.Columns.SequenceEqual(columns)))
            {
                index.Report("columns", "there is such an index of the entity already");
            }

            indexes.Add(new EntityIndex(name, columns, unique));
        }

        return indexes;
    }

    private static List<string> Columns(ManifestObject index, Entity entity)
    {
        var columns = new List<string>();
        var items = index.Items("columns", MostColumns);
        if (index.Find("columns") is not { } list || (list.ValueKind == JsonValueKind.Array && list.GetArrayLength() == 0))
        {
            index.Report("columns", "missing: expected the names of one field or more");
        }

        for (var position = 0; position < items.Count; position++)
        {
            var place = $"columns[{position}]";
            if (JsonText.OrNull(items[position]) is not { } column)
            {
                index.Report(place, "must be the name of a field");
            }
            else if (entity.Find(column) is not { } field)
            {
                index.Report(place, $"there is no field {ManifestNames.Quote(column)} in the entity");
            }
            else if (columns.Contains(column))
            {
                index.Report(place, $"'{column}' is in the index already");
            }
            else if (!IsIndexable(field.Type))
            {
                index.Report(place, $"'{column}' can't be in an index: {NotIndexable}");
            }
            else
            {
                columns.Add(column);
            }
        }

        return columns;
    }

    // Of one entity and its columns there is one name; of another that reads the same, or is too long, the end is a hash.
    private string MakeName(string entity, List<string> columns, bool unique)
    {
        var name = $"{(unique ? "ux" : "ix")}_{entity}_{string.Join('_', columns)}";
        if (name.Length <= LongestName && !_names.Contains(name))
        {
            return name;
        }

        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{entity}({string.Join(',', columns)}){unique}"));
        return $"{name[..Math.Min(name.Length, LongestName - HashDigits - 1)]}_{Convert.ToHexStringLower(hash)[..HashDigits]}";
    }
}
