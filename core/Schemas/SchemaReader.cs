using Dapper;
using Npgsql;

namespace RootCx.Core.Schemas;

/// <summary>Reads what is in an app's schema, in one round trip.</summary>
internal static class SchemaReader
{
    private const string Ours = "c.relnamespace = to_regnamespace(quote_ident(@schema)) and c.relkind = 'r' and pg_get_userbyid(c.relowner) = current_user";

    private const string Sql =
        $"""
        select c.relname,
          case c.relkind when 'r' then 'table' when 'p' then 'partitioned table' when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
            when 'f' then 'foreign table' when 'c' then 'type' else 'index' end,
          pg_get_userbyid(c.relowner) = current_user
        from pg_class c where c.relnamespace = to_regnamespace(quote_ident(@schema))
        union all
        select t.typname, 'type', false from pg_type t where t.typnamespace = to_regnamespace(quote_ident(@schema)) and t.typrelid = 0;

        select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
        from pg_class c
          join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        where {Ours}
        order by c.relname collate "C", a.attnum;

        select c.relname as "Table", k.contype::text as "Type", k.conname as "Name", a.attname as "Column", tn.nspname as "TargetSchema", t.relname as "Target",
          k.confdeltype::text as "Rule", pg_get_expr(k.conbin, k.conrelid) as "Expression"
        from pg_class c
          join pg_constraint k on k.conrelid = c.oid and k.contype in ('c', 'f', 'u') and cardinality(k.conkey) = 1
          join pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1]
          left join pg_class t on t.oid = k.confrelid
          left join pg_namespace tn on tn.oid = t.relnamespace
        where {Ours}
        order by k.conname collate "C";

        select c.relname, i.relname, x.indisunique,
          array(
            select a.attname::text from unnest(x.indkey::int2[]) with ordinality k (attnum, position)
              join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
            order by k.position)
        from pg_class c
          join pg_index x on x.indrelid = c.oid
          join pg_class i on i.oid = x.indexrelid
        where {Ours}
          and not exists (select from pg_constraint k where k.conrelid = c.oid and k.conindid = x.indexrelid and k.contype in ('p', 'u', 'x'))
        order by i.relname collate "C";
        """;

    /// <summary>Reads it; of a schema that is not there, nothing.</summary>
    public static async Task<SchemaShape> ReadAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        await using var results = await connection.QueryMultipleAsync(new CommandDefinition(Sql, new { schema }, cancellationToken: cancellationToken));
        var relations = new Dictionary<string, RelationShape>();
        foreach (var (name, kind, isPlatforms) in await results.ReadAsync<(string, string, bool)>())
        {
            relations.TryAdd(name, new RelationShape(kind, isPlatforms));
        }

        var columns = (await results.ReadAsync<(string Table, string Name, string Type, bool Required, string? Default)>()).ToLookup(
            column => column.Table, column => new ColumnShape(column.Name, column.Type, column.Required, column.Default));
        var constraints = (await results.ReadAsync<Constraint>()).ToLookup(constraint => constraint.Table);
        var indexes = (await results.ReadAsync<(string Table, string Name, bool Unique, string[] Columns)>()).ToLookup(
            index => index.Table, index => new IndexShape(index.Name, index.Columns, index.Unique));
        return new SchemaShape(
            relations,
            relations.Where(relation => relation.Value is { Kind: RelationShape.Table, IsPlatforms: true }).ToDictionary(table => table.Key, table => TableOf(table.Key)));

        TableShape TableOf(string name) => new(
            name,
            [.. columns[name]],
            OfType(name, "c").ToLookup(check => check.Column, check => new CheckShape(check.Name, check.Expression!)), // a check has one
            [.. OfType(name, "f").Select(key => new ForeignKeyShape(key.Name, name, key.Column, key.TargetSchema!, key.Target!, key.Rule))], // and a foreign key a target
            OfType(name, "u").ToLookup(unique => unique.Column, unique => new UniqueShape(unique.Name)),
            [.. indexes[name]]);

        IEnumerable<Constraint> OfType(string table, string type) => constraints[table].Where(constraint => constraint.Type == type);
    }

    // In the order of the query, by whose names it is read.
    private sealed record Constraint(string Table, string Type, string Name, string Column, string? TargetSchema, string? Target, string Rule, string? Expression);
}
