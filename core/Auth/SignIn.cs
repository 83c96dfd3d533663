namespace RootCx.Core.Auth;

/// <summary>What a successful sign-in, or the renewal of one, hands out.</summary>
/// <param name="AccessToken">Bearer token for the API.</param>
/// <param name="RefreshToken">Renews the session, once.</param>
/// <param name="ExpiresIn">How long <paramref name="AccessToken"/> is valid.</param>
/// <param name="User">Who signed in.</param>
public sealed record SignIn(string AccessToken, string RefreshToken, TimeSpan ExpiresIn, User User);
