using Dapper;
using Npgsql;

namespace RootCx.Core.Database;

/// <summary>
/// Triggers on apps' tables that call one function once per statement, with all rows that it wrote. There is one for each operation, since rows are handed to
/// triggers of a single one only.
/// </summary>
/// <param name="prefix">What their names begin with.</param>
/// <param name="function">A trigger function in the platform's schema; it finds the rows in <c>new_rows</c> and <c>old_rows</c>.</param>
internal sealed class StatementTriggers(string prefix, string function)
{
    /// <summary>Attaches those that are missing: one query, and one round trip more if there are any. Returns the tables that are not there, or not the platform's.</summary>
    /// <param name="connection">May be in a transaction.</param>
    /// <param name="schema">The app's.</param>
    /// <param name="wanted">Tables, and <c>INSERT</c>, <c>UPDATE</c> or <c>DELETE</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<string>> AttachAsync(
        NpgsqlConnection connection, string schema, IReadOnlyCollection<(string Table, string Operation)> wanted, CancellationToken cancellationToken)
    {
        var missing = (await connection.QueryAsync<(string Table, string? Statement)>(new CommandDefinition(
            $"""
            select wanted.relation, case when tables.oid is not null then format(
              'create or replace trigger %I after %s on %I.%I referencing %s for each statement execute function {PlatformDatabase.Schema}.{function}()',
              '{prefix}_' || lower(wanted.operation), wanted.operation, @schema, wanted.relation,
              case wanted.operation when 'INSERT' then 'new table as new_rows' when 'DELETE' then 'old table as old_rows'
                else 'old table as old_rows new table as new_rows' end) end
            from unnest(@relations, @operations) as wanted (relation, operation)
              left join ({Tables}) as tables on tables.relname = wanted.relation
            where not exists (select from pg_trigger t where t.tgrelid = tables.oid and t.tgname = '{prefix}_' || lower(wanted.operation))
            """,
            Parameters(schema, wanted), cancellationToken: cancellationToken))).AsList();
        await ExecuteAsync(connection, missing.Select(one => one.Statement).OfType<string>(), cancellationToken);
        return [.. missing.Where(one => one.Statement is null).Select(one => one.Table).Distinct()];
    }

    /// <summary>Removes all in the schema but those that are wanted.</summary>
    public async Task DetachOthersAsync(
        NpgsqlConnection connection, string schema, IReadOnlyCollection<(string Table, string Operation)> wanted, CancellationToken cancellationToken)
    {
        var others = await connection.QueryAsync<string>(new CommandDefinition(
            $"""
            select format('drop trigger %I on %I.%I', t.tgname, @schema, tables.relname)
            from ({Tables}) as tables join pg_trigger t on t.tgrelid = tables.oid
            where starts_with(t.tgname::text, '{prefix}_')
              and not exists (
                select from unnest(@relations, @operations) as wanted (relation, operation)
                where wanted.relation = tables.relname and '{prefix}_' || lower(wanted.operation) = t.tgname)
            """,
            Parameters(schema, wanted), cancellationToken: cancellationToken));
        await ExecuteAsync(connection, others, cancellationToken);
    }

    // An app's schema holds tables of the app itself as well, on which the platform does nothing.
    private const string Tables =
        """
        select c.oid, c.relname from pg_class c
        where c.relnamespace = (select oid from pg_namespace where nspname = @schema) and c.relkind = 'r' and pg_get_userbyid(c.relowner) = current_user
        """;

    private static object Parameters(string schema, IReadOnlyCollection<(string Table, string Operation)> wanted) =>
        new { schema, relations = wanted.Select(one => one.Table).ToArray(), operations = wanted.Select(one => one.Operation).ToArray() };

    private static async Task ExecuteAsync(NpgsqlConnection connection, IEnumerable<string> statements, CancellationToken cancellationToken)
    {
        var sql = string.Join(";\n", statements);
        if (sql.Length > 0)
        {
            await connection.ExecuteAsync(new CommandDefinition(sql, cancellationToken: cancellationToken));
        }
    }
}
