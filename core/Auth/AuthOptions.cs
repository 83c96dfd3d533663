using System.ComponentModel.DataAnnotations;

namespace RootCx.Core.Auth;

/// <summary>Sign-in and tokens; section <c>Auth</c>.</summary>
public sealed class AuthOptions : IValidatableObject
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Auth";

    /// <summary>Signs access and refresh tokens (HS256); at least 32 bytes of UTF-8. Every API instance needs the same.</summary>
    [Required(ErrorMessage = "Auth:JwtSecret (or ROOTCX_JWT_SECRET) is required: at least 32 bytes, the same on every instance.")]
    [MinLength(32, ErrorMessage = "Auth:JwtSecret (or ROOTCX_JWT_SECRET) must have at least 32 bytes.")]
    public string JwtSecret { get; set; } = "";

    /// <summary>Earlier values of <see cref="JwtSecret"/>: tokens that were signed with them are still accepted, none is signed with them.</summary>
    public string[] PreviousJwtSecrets { get; set; } = [];

    /// <summary>How long an access token is valid.</summary>
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a session lasts without being signed in anew.</summary>
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Shortest password, in bytes of UTF-8. 10 or more is sensible in production; clients of the platform rely on the default.</summary>
    [Range(1, 128)]
    public int MinimumPasswordLength { get; set; } = 6;

    /// <summary>Switches e-mail and password off, except for the very first user.</summary>
    public bool DisablePasswordLogin { get; set; }

    /// <summary>Whether anybody may register. Where it is false, administrators make accounts, except the very first one.</summary>
    public bool OpenRegistration { get; set; } = true;

    /// <summary>How long a refresh token still answers after it was replaced: for tabs and retries that present it side by side.</summary>
    public TimeSpan RefreshGrace { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Failed sign-ins of one account within <see cref="FailurePeriod"/> before it has to wait.</summary>
    [Range(1, 10_000)]
    public int FailuresPerAccount { get; set; } = 10;

    /// <summary>Failed sign-ins from one address within <see cref="FailurePeriod"/> before it has to wait.</summary>
    [Range(1, 100_000)]
    public int FailuresPerAddress { get; set; } = 100;

    /// <summary>From the first failure on.</summary>
    public TimeSpan FailurePeriod { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Accounts that may be registered from one address in an hour.</summary>
    [Range(1, 100_000)]
    public int RegistrationsPerAddress { get; set; } = 300;

    /// <summary>How many times the above hold for this machine's own addresses.</summary>
    [Range(1, 1000)]
    public int LoopbackFactor { get; set; } = 10;

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        for (var i = 0; i < PreviousJwtSecrets.Length; i++)
        {
            if (PreviousJwtSecrets[i].Length < 32)
            {
                yield return new ValidationResult($"Auth:PreviousJwtSecrets:{i} must have at least 32 bytes.", [nameof(PreviousJwtSecrets)]);
            }
        }

        (string Name, TimeSpan Value)[] times =
        [
            (nameof(AccessTokenLifetime), AccessTokenLifetime), (nameof(RefreshTokenLifetime), RefreshTokenLifetime), (nameof(FailurePeriod), FailurePeriod),
            (nameof(RefreshGrace), RefreshGrace),
        ];
        foreach (var (name, _) in times.Where(time => time.Value <= TimeSpan.Zero))
        {
            yield return new ValidationResult($"Auth:{name} must be longer than nothing.", [name]);
        }
    }
}
