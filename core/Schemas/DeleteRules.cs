using RootCx.Core.Manifests;

namespace RootCx.Core.Schemas;

/// <summary>The delete rules as Postgres knows them.</summary>
internal static class DeleteRules
{
    /// <summary>As it stands in SQL.</summary>
    public static string SqlName(this DeleteRule rule) => rule switch
    {
        DeleteRule.Restrict => "restrict",
        DeleteRule.SetNull => "set null",
        DeleteRule.Cascade => "cascade",
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, message: null),
    };

    /// <summary>The same of a rule as it stands in <c>pg_constraint.confdeltype</c>.</summary>
    public static string SqlNameOf(string letter) => letter switch
    {
        "r" => "restrict",
        "n" => "set null",
        "c" => "cascade",
        "d" => "set default",
        _ => "no action",
    };
}
