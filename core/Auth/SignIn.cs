namespace RootCx.Core.Auth;

/// <summary>What a successful sign-in hands out.</summary>
/// <param name="AccessToken">Bearer token for the API.</param>
/// <param name="RefreshToken">Renews the session.</param>
/// <param name="ExpiresIn">How long <paramref name="AccessToken"/> is valid.</param>
/// <param name="User">Who signed in.</param>
public sealed record SignIn(string AccessToken, string RefreshToken, TimeSpan ExpiresIn, User User);
