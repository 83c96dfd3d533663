using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using RootCx.Core.Database;
using RootCx.Core.Errors;

namespace RootCx.Core.Collections;

/// <summary>What the database refuses, in words for those who sent it.</summary>
internal static partial class RowFaults
{
    private const string OutOfTime = "57014";

    /// <summary>Does <paramref name="action"/>; what the database refuses of it is the client's business.</summary>
    /// <param name="table">What is read or written.</param>
    /// <param name="fields">The fields behind the statement's parameters, so that a value's place can be named; null where there are none.</param>
    /// <param name="action">What is done.</param>
    /// <exception cref="RefusedException">400, 409, or 503 for a statement that took too long.</exception>
    public static async Task<T> TellAsync<T>(EntityTable table, IReadOnlyList<string?>? fields, Func<Task<T>> action)
    {
        RefusedException? refused = null;
        try
        {
            return await action();
        }
        catch (NpgsqlException exception) when ((refused = For(table, fields, exception)) is not null)
        {
            // Told in its own words below.
        }

        throw refused!; // it is why we are here
    }

    /// <summary>The refusal that stands for a fault, or null if it is none of the client's.</summary>
    public static RefusedException? For(EntityTable table, IReadOnlyList<string?>? fields, NpgsqlException exception) => exception switch
    {
        PostgresException refused => For(table, fields, refused),
        { InnerException: TimeoutException } => TooSlow(),
        _ => null,
    };

    private static RefusedException? For(EntityTable table, IReadOnlyList<string?>? fields, PostgresException exception) => exception.SqlState switch
    {
        PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.RestrictViolation =>
            new(Refusal.Conflict, $"foreign key constraint violated: {exception.MessageText}{Because(exception)}"),
        PostgresErrorCodes.UniqueViolation => new(Refusal.Conflict, $"unique constraint violated in entity '{table.Entity.Name}'{Because(exception)}"),
        PostgresErrorCodes.NotNullViolation => Invalid($"'{exception.ColumnName}' is required"),
        PostgresErrorCodes.CheckViolation => Invalid(CheckText(table, exception)),
        PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.UndefinedTable => // this process has not heard of it yet
            new(Refusal.Unavailable, $"the data contract of app '{table.AppId}' has just changed: try again"),
        "42P10" => Invalid("onConflict: there is no unique constraint on exactly these fields"),
        PostgresErrorCodes.CardinalityViolation => Invalid("two records of the batch have the same values in the fields of onConflict"),
        OutOfTime => TooSlow(),
        _ when exception.RefusesValue() => Invalid($"{PlaceOf(exception, fields)}{exception.MessageText}"),
        _ => null,
    };

    private static RefusedException Invalid(string text) => new(Refusal.Invalid, text);

    private static RefusedException TooSlow() =>
        new(Refusal.Unavailable, "the database took too long over this: ask for less at once, or for what an index helps to find");

    // "Key (email)=(a@example.com) already exists."
    private static string Because(PostgresException exception) => exception.Detail is { Length: > 0 } detail ? $": {detail}" : "";

    private static string CheckText(EntityTable table, PostgresException exception) =>
        table.Entity.Fields.FirstOrDefault(field => field.EnumValues is not null && exception.ConstraintName?.Contains(field.Name, StringComparison.Ordinal) == true) is { } field
            ? $"'{field.Name}' must be one of {string.Join(", ", field.EnumValues!)}"
            : $"check constraint '{exception.ConstraintName}' violated in entity '{table.Entity.Name}'";

    private static string PlaceOf(PostgresException exception, IReadOnlyList<string?>? fields) =>
        fields is not null && Parameter().Match(exception.Where ?? "") is { Success: true } match
        && int.TryParse(match.Groups["number"].Value, CultureInfo.InvariantCulture, out var number) && number <= fields.Count && fields[number - 1] is { } field
            ? $"'{field}': "
            : "";

    [GeneratedRegex("parameter \\$(?<number>[0-9]+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();
}
