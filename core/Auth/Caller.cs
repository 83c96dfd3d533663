namespace RootCx.Core.Auth;

/// <summary>The signed-in user behind a request.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Email">As of when the token was issued.</param>
/// <param name="AuthToken">The bearer token that was presented, so that a handler can act for the user.</param>
public sealed record Caller(Guid UserId, string Email, string AuthToken);
