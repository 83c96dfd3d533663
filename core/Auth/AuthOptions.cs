using System.ComponentModel.DataAnnotations;

namespace RootCx.Core.Auth;

/// <summary>Sign-in and tokens; section <c>Auth</c>.</summary>
public sealed class AuthOptions
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Auth";

    /// <summary>Signs access and refresh tokens (HS256); at least 32 bytes of UTF-8. Every API instance needs the same.</summary>
    [Required(ErrorMessage = "Auth:JwtSecret (or ROOTCX_JWT_SECRET) is required: at least 32 bytes, the same on every instance.")]
    [MinLength(32, ErrorMessage = "Auth:JwtSecret (or ROOTCX_JWT_SECRET) must have at least 32 bytes.")]
    public string JwtSecret { get; set; } = "";

    /// <summary>How long an access token is valid.</summary>
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a session lasts without being signed in anew.</summary>
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Shortest password, in bytes of UTF-8. 10 or more is sensible in production; clients of the platform rely on the default.</summary>
    [Range(1, 128)]
    public int MinimumPasswordLength { get; set; } = 6;

    /// <summary>Switches e-mail and password off, except for the very first user.</summary>
    public bool DisablePasswordLogin { get; set; }
}
