using System.Text.Json;
using RootCx.Core.Auth;
using RootCx.Core.Errors;
using RootCx.Core.Json;

namespace RootCx.Core.Collections;

/// <summary>Which other apps' records of the same thing are to be added to rows: those that are asked for and that the caller may read.</summary>
public sealed class LinkedApps
{
    private readonly Grants? _grants;
    private readonly IReadOnlySet<string>? _only;

    private LinkedApps(Grants? grants, IReadOnlySet<string>? only)
    {
        _grants = grants;
        _only = only;
    }

    /// <summary>None of them.</summary>
    public static LinkedApps None { get; } = new(grants: null, only: null);

    /// <summary>Whether any are asked for.</summary>
    public bool Any => _grants is not null;

    /// <summary>What a query string says: <c>true</c> for all apps, or their ids with commas between.</summary>
    public static LinkedApps Parse(string? linked, Grants grants) => linked switch
    {
        null or "" or "false" => None,
        "true" => new LinkedApps(grants, only: null),
        _ => new LinkedApps(grants, linked.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToHashSet()),
    };

    /// <summary>What a query says: <c>true</c> for all apps, or an array of their ids.</summary>
    /// <exception cref="RefusedException">Anything else (400).</exception>
    internal static LinkedApps Read(JsonElement body, Grants grants) => QueryFields.Optional(body, "linked") switch
    {
        null or { ValueKind: JsonValueKind.False } => None,
        { ValueKind: JsonValueKind.True } => new LinkedApps(grants, only: null),
        { ValueKind: JsonValueKind.Array } apps => new LinkedApps(grants, apps.EnumerateArray().Select(app => JsonText.OrNull(app) ?? throw Refused()).ToHashSet()),
        _ => throw Refused(),
    };

    /// <summary>Whether records of the entity are to be added.</summary>
    internal bool Includes(string appId, string entity) => _grants is not null && _only?.Contains(appId) != false && _grants.Allows($"app:{appId}:{entity}.read");

    private static RefusedException Refused() => new(Refusal.Invalid, "'linked' must be true or an array of app ids");
}
