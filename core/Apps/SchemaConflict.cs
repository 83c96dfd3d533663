using Npgsql;
using RootCx.Core.Database;
using RootCx.Core.Errors;
using RootCx.Core.Schemas;

namespace RootCx.Core.Apps;

/// <summary>What the database says when the data that is there, or something of the app's own making, contradicts a manifest.</summary>
internal static class SchemaConflict
{
    private const string CannotCast = "42846";
    private const string WrongType = "42804";
    private const string DoesNotCompare = "42883";

    private static readonly string[] Conversions = [ChangeTypes.AlterType, ChangeTypes.SetDefault];

    /// <summary>Whether it is such a case, and not a fault of ours.</summary>
    public static bool Is(PostgresException exception) =>
        exception.RefusesValue()
        || exception.SqlState.StartsWith("23", StringComparison.Ordinal)
        || exception.SqlState is CannotCast or WrongType or DoesNotCompare or PostgresErrorCodes.DependentObjectsStillExist or PostgresErrorCodes.FeatureNotSupported;

    /// <summary>The refusal, which names entity and column.</summary>
    /// <param name="exception">What the database says.</param>
    /// <param name="changes">What was to be done.</param>
    public static RefusedException Of(PostgresException exception, IReadOnlyList<SchemaChange> changes) =>
        new(Refusal.Conflict, $"can't change {PlaceOf(exception, changes)}: {exception.MessageText}; nothing was changed");

    /// <summary>Where a change is.</summary>
    public static string PlaceOf(SchemaChange change) => change.Column is null ? change.Entity : $"{change.Entity}.{change.Column}";

    // The database names the table of a constraint, and the column of a missing value only; of a value that can't be converted neither.
    private static string PlaceOf(PostgresException exception, IReadOnlyList<SchemaChange> changes)
    {
        if (exception is { TableName: { } table, ColumnName: { } column })
        {
            return $"{table}.{column}";
        }

        var expected = exception.SqlState switch
        {
            PostgresErrorCodes.NotNullViolation => [ChangeTypes.SetNotNull, ChangeTypes.AddColumn],
            PostgresErrorCodes.CheckViolation => [ChangeTypes.UpdateEnum, ChangeTypes.AddColumn],
            PostgresErrorCodes.UniqueViolation => [ChangeTypes.AddUnique, ChangeTypes.AddIndex, ChangeTypes.ReplaceIndex],
            PostgresErrorCodes.ForeignKeyViolation => [ChangeTypes.AddForeignKey, ChangeTypes.AlterDeleteRule],
            PostgresErrorCodes.DependentObjectsStillExist => [ChangeTypes.DropColumn, ChangeTypes.AlterType],
            _ => Conversions,
        };
        var here = changes.Where(change => exception.TableName is null || change.Entity == exception.TableName).ToList();
        var likely = here.Where(change => expected.Contains(change.ChangeType)).ToList();
        var named = likely.Where(change => change.Column is { } name && exception.ConstraintName?.Contains(name, StringComparison.Ordinal) == true).ToList();
        var places = (named.Count > 0 ? named : likely.Count > 0 ? likely : here).Select(PlaceOf).Distinct().ToList();
        return places.Count > 0 ? string.Join(" or ", places) : exception.TableName ?? "the app's tables";
    }
}
