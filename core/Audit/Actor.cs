namespace RootCx.Core.Audit;

/// <summary>Who does something to the platform, and from where.</summary>
/// <param name="UserId">The user; null for nobody known.</param>
/// <param name="Email">The user's, or the one that somebody tried to sign in with.</param>
/// <param name="Address">The client's IP address.</param>
public sealed record Actor(Guid? UserId, string? Email, string? Address);
