using RootCx.Core.Apps;
using RootCx.Core.Database;
using RootCx.Core.Manifests;

namespace RootCx.Core.Schemas;

/// <summary>Statements about one table of an app.</summary>
/// <param name="appId">The app.</param>
/// <param name="table">The table's name.</param>
/// <param name="relations">Names of tables and indexes in the schema.</param>
/// <param name="constraints">Names of constraints of the table.</param>
internal sealed class TableDdl(string appId, string table, FreeNames relations, FreeNames constraints)
{
    private string Name => SqlNames.Quote(appId, table);

    /// <summary>Makes the table without indexes and foreign keys, and lets the app use it: not own it, for then it could attach code to it that the platform runs.</summary>
    public IEnumerable<string> Create(Entity entity)
    {
        var parts = entity.Fields.Select(field => ColumnOf(entity, field)).Append(
            $"constraint {SqlNames.Quote(relations.Take($"{table}_pkey"))} primary key ({SqlNames.Quote(entity.Id.Name)})");
        foreach (var field in entity.Fields)
        {
            if (IsUnique(entity, field))
            {
                parts = parts.Append(Unique(field));
            }

            if (HasEnum(field))
            {
                parts = parts.Append(Check(field, present: null));
            }
        }

        yield return $"create table {Name} ({string.Join(", ", parts)})";
        yield return $"grant select, insert, update, delete on {Name} to {SqlNames.Quote(AppDatabase.RoleOf(appId))}";
    }

    public string AddColumn(Entity entity, Field field) => $"alter table {Name} add column {ColumnOf(entity, field)}";

    public string DropColumn(string column) => $"alter table {Name} drop column {SqlNames.Quote(column)} cascade";

    public string AlterType(string from, Field field) =>
        $"alter table {Name} alter column {SqlNames.Quote(field.Name)} type {field.Type.SqlName()} using {TypeCast.Expression(SqlNames.Quote(field.Name), from, field.Type)}";

    public string SetDefault(Field field) => $"alter table {Name} alter column {SqlNames.Quote(field.Name)} set default {field.Default}";

    public string DropDefault(string column) => $"alter table {Name} alter column {SqlNames.Quote(column)} drop default";

    public string SetNotNull(string column) => $"alter table {Name} alter column {SqlNames.Quote(column)} set not null";

    public string DropNotNull(string column) => $"alter table {Name} alter column {SqlNames.Quote(column)} drop not null";

    /// <summary>Puts the default into rows that have null.</summary>
    public string FillNulls(Field field) =>
        $"""
        update {Name} set {SqlNames.Quote(field.Name)} = default, updated_at = greatest(clock_timestamp(), updated_at + interval '1 microsecond')
        where {SqlNames.Quote(field.Name)} is null
        """;

    /// <summary>Lets the column have the field's values only.</summary>
    /// <param name="field">The field.</param>
    /// <param name="present">The name that the check had, if there was one.</param>
    public string AddCheck(Field field, string? present) => $"alter table {Name} add {Check(field, present)}";

    public string AddUnique(Field field) => $"alter table {Name} add {Unique(field)}";

    /// <summary>Makes the column point to rows.</summary>
    /// <param name="field">The field.</param>
    /// <param name="reference">Where it points to.</param>
    /// <param name="present">The name that the key had, if it is there again.</param>
    public string AddForeignKey(Field field, FieldReference reference, string? present)
    {
        var target = reference.Entity is { } entity ? SqlNames.Quote(appId, entity) : SqlNames.Quote(PlatformDatabase.Schema, "users");
        var name = present ?? constraints.Take($"fk_{appId}_{table}_{field.Name}_{reference.Entity ?? "core_users"}");
        return $"alter table {Name} add constraint {SqlNames.Quote(name)} foreign key ({SqlNames.Quote(field.Name)}) references {target} (id) on delete {reference.OnDelete.SqlName()}";
    }

    public string DropConstraint(string name) => $"alter table {Name} drop constraint {SqlNames.Quote(name)}";

    public string Add(WantedIndex index)
    {
        var name = index.Name ?? relations.Take($"{index.PrefixIn(appId)}{table}_{index.Columns[0]}");
        return $"create {(index.Unique ? "unique " : "")}index {SqlNames.Quote(name)} on {Name} ({string.Join(", ", index.Columns.Select(SqlNames.Quote))})";
    }

    public string DropIndex(string name) => $"drop index {SqlNames.Quote(appId, name)}";

    /// <summary>Gives an index another name, because this one is needed.</summary>
    public string RenameIndex(string name) => $"alter index {SqlNames.Quote(appId, name)} rename to {SqlNames.Quote(relations.Take($"{table}_{name}"))}";

    /// <summary>Whether a unique constraint is what it takes: the primary key is unique by itself.</summary>
    public static bool IsUnique(Entity entity, Field field) => field.Unique && field.Name != entity.Id.Name;

    /// <summary>Whether only some values are allowed.</summary>
    public static bool HasEnum(Field field) => field.EnumValues is { Count: > 0 };

    /// <summary>Whether nulls are refused: the primary key refuses them by itself.</summary>
    public static bool IsRequired(Entity entity, Field field) => field.Required || field.Name == entity.Id.Name;

    private static string ColumnOf(Entity entity, Field field) =>
        $"{SqlNames.Quote(field.Name)} {field.Type.SqlName()}{(IsRequired(entity, field) ? " not null" : "")}{(field.Default is null ? "" : $" default {field.Default}")}";

    private string Unique(Field field) => $"constraint {SqlNames.Quote(relations.Take($"uq_{table}_{field.Name}"))} unique ({SqlNames.Quote(field.Name)})";

    private string Check(Field field, string? present) => $"constraint {SqlNames.Quote(present ?? constraints.Take($"ck_{table}_{field.Name}"))} check ({EnumCheck.Expression(field)})";
}
