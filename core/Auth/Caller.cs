namespace RootCx.Core.Auth;

/// <summary>The signed-in user behind a request.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Email">As of when the token was issued.</param>
/// <param name="AuthToken">The bearer token that was presented, so that a handler can act for the user.</param>
public sealed record Caller(Guid UserId, string Email, string AuthToken);

/// <summary>Who is behind a request: a user, or an app's own worker.</summary>
/// <param name="User">The user, null for a worker.</param>
/// <param name="AppId">The worker's app, null for a user.</param>
/// <param name="Session">What the token says of the session it was made for; null for one that is bound to none.</param>
public sealed record Principal(Caller? User, string? AppId, TokenSession? Session = null);
