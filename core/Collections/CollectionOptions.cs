using System.ComponentModel.DataAnnotations;

namespace RootCx.Core.Collections;

/// <summary>The Data API; section <c>Collections</c>.</summary>
public sealed class CollectionOptions
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Collections";

    /// <summary>Most rows that a list without <c>limit</c> may have; one that would have more is refused, not cut. Without it there is no limit.</summary>
    [Range(1, int.MaxValue)]
    public int? MostListRows { get; set; }
}
