namespace RootCx.Core.Auth;

/// <summary>Somewhere that a user is signed in. Times are UTC.</summary>
/// <param name="Id">UUID.</param>
/// <param name="CreatedAt">When the user signed in.</param>
/// <param name="LastUsedAt">When it was last renewed.</param>
/// <param name="ExpiresAt">When the user has to sign in anew.</param>
/// <param name="Address">From where it was last used.</param>
/// <param name="UserAgent">With what.</param>
/// <param name="Current">Whether it is the one that asks.</param>
public sealed record Session(Guid Id, DateTime CreatedAt, DateTime LastUsedAt, DateTime ExpiresAt, string? Address, string? UserAgent, bool Current);
