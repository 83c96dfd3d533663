using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace RootCx.Core.Auth;

/// <summary>
/// Hashes passwords with ASP.NET Core's hasher: PBKDF2-HMAC-SHA512 at 210,000 rounds (OWASP Password Storage Cheat Sheet), random salt.
/// </summary>
public sealed class Passwords
{
    private const int Rounds = 210_000;

    private readonly PasswordHasher<object> _hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = Rounds }));
    private readonly Lazy<string> _nobody;

    /// <summary>Makes the hash that unknown accounts are compared with.</summary>
    public Passwords() => _nobody = new Lazy<string>(() => Hash(Guid.NewGuid().ToString()));

    /// <summary>The text to store for <paramref name="password"/>.</summary>
    public string Hash(string password) => _hasher.HashPassword(this, password);

    /// <summary>
    /// Whether <paramref name="password"/> made <paramref name="hash"/>. With no hash (unknown account) it takes as long and answers no,
    /// so that the time says nothing about which accounts exist.
    /// </summary>
    public PasswordMatch Verify(string? hash, string password) => _hasher.VerifyHashedPassword(this, hash ?? _nobody.Value, password) switch
    {
        PasswordVerificationResult.Success when hash is not null => PasswordMatch.Present,
        PasswordVerificationResult.SuccessRehashNeeded when hash is not null => PasswordMatch.Outdated,
        _ => PasswordMatch.None,
    };
}
