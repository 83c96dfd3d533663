namespace RootCx.Core.Collections;

/// <summary>Which state of a row a change is meant for: any, or the one that has this <c>updated_at</c>.</summary>
public readonly record struct RowVersion
{
    private RowVersion(bool isAny, DateTime? updatedAt)
    {
        IsAny = isAny;
        UpdatedAt = updatedAt;
    }

    /// <summary>Whatever state it is in.</summary>
    public static RowVersion Any { get; } = new(isAny: true, updatedAt: null);

    /// <summary>Whether the state does not matter.</summary>
    public bool IsAny { get; }

    /// <summary>The state's; null for one that never was.</summary>
    public DateTime? UpdatedAt { get; }

    /// <summary>What an <c>If-Match</c> header stands for: nothing or <c>*</c> for any state, else <c>updated_at</c> in quotes. A weak tag never matches.</summary>
    public static RowVersion Parse(string? header) => header?.Trim() switch
    {
        null or "" or "*" => Any,
        ['"', .. var text, '"'] => new RowVersion(isAny: false, TimestampText.Parse(text)),
        var text => new RowVersion(isAny: false, TimestampText.Parse(text)),
    };
}
