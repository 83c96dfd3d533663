namespace RootCx.Core.Auth.External;

/// <summary>The account that belongs to somebody at an external issuer.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Email">As the account has it.</param>
/// <param name="Profile">What the newest token says that was seen.</param>
internal sealed record ExternalAccount(Guid UserId, string Email, ExternalProfile Profile);
