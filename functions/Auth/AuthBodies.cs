using RootCx.Core.Auth;

namespace RootCx.Functions.Auth;

/// <summary>Answer of register.</summary>
internal sealed record RegisteredBody(User User);

/// <summary>Answer of login; <c>expiresIn</c> in seconds.</summary>
internal sealed record SignedInBody(string AccessToken, string RefreshToken, int ExpiresIn, User User);

/// <summary>Answer of refresh; <c>expiresIn</c> in seconds.</summary>
internal sealed record RenewedBody(string AccessToken, string RefreshToken, int ExpiresIn);

/// <summary>Answer of mode.</summary>
internal sealed record AuthModeBody(
    bool AuthRequired, bool SetupRequired, bool PasswordLoginEnabled, bool MagicLinkEnabled, IReadOnlyList<string> Providers);
