namespace RootCx.Core.Auth;

/// <summary>A person with an account.</summary>
/// <param name="Id">UUID.</param>
/// <param name="Email">As it was registered, trimmed; unique without regard to case.</param>
/// <param name="DisplayName">Free text, or null.</param>
/// <param name="CreatedAt">RFC 3339 on the wire, UTC.</param>
public sealed record User(Guid Id, string Email, string? DisplayName, DateTime CreatedAt);
