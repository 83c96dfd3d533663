using System.Globalization;
using System.Text.RegularExpressions;
using Dapper;
using Npgsql;
using RootCx.Core.Database;
using RootCx.Core.Errors;

namespace RootCx.Core.Collections;

/// <summary>What the database refuses, in words for those who sent it. Fields are named, values are not: they would end up in logs.</summary>
internal sealed partial class RowFaults(NpgsqlDataSource database)
{
    private const string InvalidColumnReference = "42P10";

    /// <summary>Does <paramref name="action"/>; what the database refuses of it is the client's business.</summary>
    /// <param name="table">What is read or written.</param>
    /// <param name="sql">The statement, which knows where its values are from; null if there are several.</param>
    /// <param name="action">What is done, on a connection of its own.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">400, 409, or 503 for a statement that took too long.</exception>
    public async Task<T> TellAsync<T>(EntityTable table, SqlBuilder? sql, Func<NpgsqlConnection, Task<T>> action, CancellationToken cancellationToken)
    {
        NpgsqlException fault;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        try
        {
            return await action(connection);
        }
        catch (NpgsqlException exception) when (IsClients(exception))
        {
            fault = exception;
        }

        throw fault is PostgresException refused ? await ForAsync(table, sql, refused, connection) : TooSlow();
    }

    private static bool IsClients(NpgsqlException exception) => exception is PostgresException refused
        ? refused.RefusesValue() || refused.SqlState is PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.RestrictViolation or PostgresErrorCodes.UniqueViolation
            or PostgresErrorCodes.NotNullViolation or PostgresErrorCodes.CheckViolation or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.UndefinedTable
            or PostgresErrorCodes.DatatypeMismatch or PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.CardinalityViolation or PostgresErrorCodes.QueryCanceled or InvalidColumnReference
        : exception.InnerException is TimeoutException;

    private static RefusedException Invalid(string text) => new(Refusal.Invalid, text);

    private static RefusedException TooSlow() =>
        new(Refusal.Unavailable, "the database took too long over this: ask for less at once, or for what an index helps to find");

    // "unnamed portal parameter $3"
    private static string PlaceOf(PostgresException exception, SqlBuilder? sql) =>
        Parameter().Match(exception.Where ?? "") is { Success: true } match
        && int.TryParse(match.Groups["number"].Value, CultureInfo.InvariantCulture, out var number) && sql?.PlaceOf(number) is { } place
            ? $"'{place}': "
            : "";

    [GeneratedRegex("parameter \\$(?<number>[0-9]+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();

    private static async Task<RefusedException> ForAsync(EntityTable table, SqlBuilder? sql, PostgresException exception, NpgsqlConnection connection)
    {
        var entity = table.Entity.Name;
        switch (exception.SqlState)
        {
            case PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.RestrictViolation:
                return new RefusedException(Refusal.Conflict, $"foreign key constraint violated: {exception.MessageText}");
            case PostgresErrorCodes.UniqueViolation:
                return new RefusedException(Refusal.Conflict, $"another record of '{entity}' has the same {string.Join(", ", await IndexedAsync(exception, connection))}");
            case PostgresErrorCodes.NotNullViolation:
                return Invalid($"'{exception.ColumnName}' is required");
            case PostgresErrorCodes.CheckViolation:
                return Invalid(await CheckedAsync(table, exception, connection));
            case PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.UndefinedTable
                or PostgresErrorCodes.DatatypeMismatch or PostgresErrorCodes.UndefinedFunction: // this process has not heard of it yet
                return new RefusedException(Refusal.Unavailable, $"the data contract of app '{table.AppId}' has just changed: try again");
            case InvalidColumnReference:
                return Invalid("onConflict: there is no unique constraint on exactly these fields");
            case PostgresErrorCodes.CardinalityViolation:
                return Invalid("two records of the batch have the same values in the fields of onConflict");
            case PostgresErrorCodes.QueryCanceled:
                return TooSlow();
            default:
                return Invalid($"{PlaceOf(exception, sql)}{exception.MessageText}");
        }
    }

    private static async Task<IReadOnlyList<string>> IndexedAsync(PostgresException exception, NpgsqlConnection connection)
    {
        var columns = (await connection.QueryAsync<string>(
            """
            select attname::text from pg_index
            join pg_class on pg_class.oid = indexrelid
            join pg_attribute on attrelid = indrelid and attnum = any (indkey)
            where relname = @ConstraintName and relnamespace = to_regnamespace(quote_ident(@SchemaName))
            order by array_position(indkey::smallint[], attnum)
            """,
            new { exception.ConstraintName, exception.SchemaName })).AsList();
        return columns.Count > 0 ? columns : [exception.ConstraintName ?? "values"];
    }

    private static async Task<string> CheckedAsync(EntityTable table, PostgresException exception, NpgsqlConnection connection)
    {
        var column = await connection.ExecuteScalarAsync<string?>(
            """
            select attname::text from pg_constraint
            join pg_attribute on attrelid = conrelid and attnum = any (conkey)
            where conname = @ConstraintName and conrelid = to_regclass(quote_ident(@SchemaName) || '.' || quote_ident(@TableName)) and cardinality(conkey) = 1
            """,
            new { exception.ConstraintName, exception.SchemaName, exception.TableName });
        return column is not null && table.Entity.Find(column)?.EnumValues is { } values
            ? $"'{column}' must be one of {string.Join(", ", values)}"
            : $"check constraint '{exception.ConstraintName}' violated in entity '{table.Entity.Name}'";
    }
}
