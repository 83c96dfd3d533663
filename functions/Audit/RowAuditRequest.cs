using System.Globalization;
using Microsoft.AspNetCore.Http;
using RootCx.Core.Apps;
using RootCx.Core.Audit.Rows;
using RootCx.Core.Errors;
using RootCx.Functions.Api;

namespace RootCx.Functions.Audit;

/// <summary>
/// Reads which entries of the log of rows are wanted. Columns are <c>table_schema</c>, <c>table_name</c>, <c>record_id</c>, <c>operation</c> and <c>changed_at</c>, each as
/// <c>column=</c>, <c>column__neq=</c>, <c>column__contains=</c>, <c>column__gte=</c>, <c>column__lte=</c>; <c>app_id=</c> and <c>entity=</c> are the first two. Then there are
/// <c>before=</c> an id, <c>limit=</c> 1 to 1000, 100 by default, <c>order_by=</c> a column or <c>id</c>, and <c>order=asc</c>, else descending. What is empty is not there.
/// </summary>
internal static class RowAuditRequest
{
    private const int UsualLimit = 100;
    private const int MostLimit = 1000;
    private const string ByApp = "app_id";
    private const string BySchema = "table_schema";

    private static readonly Dictionary<string, RowAuditColumn> Columns = new()
    {
        [BySchema] = RowAuditColumn.TableSchema,
        ["table_name"] = RowAuditColumn.TableName,
        ["record_id"] = RowAuditColumn.RecordId,
        ["operation"] = RowAuditColumn.Operation,
        ["changed_at"] = RowAuditColumn.ChangedAt,
    };

    private static readonly Dictionary<string, RowAuditComparison> Comparisons = new()
    {
        [""] = RowAuditComparison.Equal,
        ["neq"] = RowAuditComparison.NotEqual,
        ["contains"] = RowAuditComparison.Contains,
        ["gte"] = RowAuditComparison.AtLeast,
        ["lte"] = RowAuditComparison.AtMost,
    };

    private static readonly string[] TimeForms =
        ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mmK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK"];

    /// <summary>The one app that is asked about, null for any number of them.</summary>
    /// <exception cref="RefusedException">No app can have that id, or two are named (400).</exception>
    public static string? AppOf(HttpRequest request)
    {
        var (byApp, bySchema) = (request.QueryText(ByApp), request.QueryText(BySchema));
        if (byApp is not null && bySchema is not null && byApp != bySchema)
        {
            throw new RefusedException(Refusal.Invalid, $"{ByApp} and {BySchema} are the same thing, and name two apps");
        }

        return (byApp ?? bySchema) is { } app ? AppId.Require(app) : null;
    }

    /// <summary>What the query string says.</summary>
    /// <exception cref="RefusedException">What is wrong with it (400).</exception>
    public static RowAuditQuery Read(HttpRequest request)
    {
        var conditions = new List<RowAuditCondition>();
        RowAuditColumn? orderBy = null;
        var ascending = false;
        foreach (var name in request.Query.Keys)
        {
            if (request.QueryText(name) is not { } value)
            {
                continue;
            }

            switch (name)
            {
                case "before" or "limit":
                    break; // numbers, below
                case "order":
                    ascending = value == "asc";
                    break;
                case "order_by":
                    orderBy = OrderOf(value);
                    break;
                default:
                    conditions.Add(ConditionOf(name, value));
                    break;
            }
        }

        var most = (int)(request.QueryNumber("limit", 1, MostLimit) ?? UsualLimit);
        return new RowAuditQuery(conditions, request.QueryNumber("before", 1, long.MaxValue), most, orderBy, ascending);
    }

    private static RowAuditColumn? OrderOf(string name) => Columns.TryGetValue(name, out var column)
        ? column
        : name == "id" ? null : throw new RefusedException(Refusal.Invalid, $"order_by must be id, {string.Join(", ", Columns.Keys)}, got: '{name}'");

    private static RowAuditCondition ConditionOf(string name, string value)
    {
        var (asked, suffix) = name.Split("__", 2) is [var first, var second] ? (first, second) : (name, "");
        var known = asked switch
        {
            ByApp when suffix.Length == 0 => BySchema,
            "entity" when suffix.Length == 0 => "table_name",
            _ => asked,
        };
        if (!Columns.TryGetValue(known, out var column) || !Comparisons.TryGetValue(suffix, out var comparison) || name.EndsWith("__", StringComparison.Ordinal))
        {
            throw new RefusedException(
                Refusal.Invalid,
                $"unknown filter '{name}': expected app_id, entity, or one of {string.Join(", ", Columns.Keys)}, each alone or with __neq, __contains, __gte or __lte; "
                + "besides there are before, limit, order_by and order");
        }

        var isTime = column == RowAuditColumn.ChangedAt && comparison != RowAuditComparison.Contains;
        return new RowAuditCondition(column, comparison, isTime ? TimeOf(name, value) : value);
    }

    private static DateTime TimeOf(string name, string value) =>
        DateTimeOffset.TryParseExact(
            value, TimeForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time.UtcDateTime
            : throw new RefusedException(Refusal.Invalid, $"{name} must be a time like 2026-01-31T12:00:00Z (a + before an offset is written %2B), got: '{value}'");
}
