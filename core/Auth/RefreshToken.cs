namespace RootCx.Core.Auth;

/// <summary>What a refresh token says.</summary>
/// <param name="UserId">Whose session.</param>
/// <param name="SessionId">Which session.</param>
/// <param name="TokenId">Which of the session's tokens.</param>
public sealed record RefreshToken(Guid UserId, Guid SessionId, Guid TokenId);

/// <summary>What an access token says of the session it was made for.</summary>
/// <param name="SessionId">Which session.</param>
/// <param name="Epoch">See <see cref="Identity.TokenEpoch"/>.</param>
public sealed record TokenSession(Guid SessionId, int Epoch);
