using System.Text;
using RootCx.Core.Errors;

namespace RootCx.Core.Auth;

/// <summary>What e-mails, passwords and names may be.</summary>
internal static class AccountRules
{
    private const int LongestEmail = 254; // RFC 5321, 4.5.3.1.3: a path of 256 octets less its brackets
    private const int LongestDisplayName = 200;
    private const int LongestPassword = 1024;

    /// <summary>The e-mail without blanks around it.</summary>
    /// <exception cref="RefusedException">It is none (400).</exception>
    public static string RequireEmail(string given)
    {
        var email = given.Trim();
        if (email.Length == 0)
        {
            throw Invalid("email required");
        }

        var at = email.IndexOf('@', StringComparison.Ordinal);
        return at <= 0 || at == email.Length - 1 || email.LastIndexOf('@') != at || email.Length > LongestEmail || email.Any(c => char.IsControl(c) || char.IsWhiteSpace(c))
            ? throw Invalid($"email '{Printable(email)}' is not an e-mail address: expected name@host, at most {LongestEmail} characters")
            : email;
    }

    /// <summary>A password to be set.</summary>
    /// <exception cref="RefusedException">It is too short or too long (400).</exception>
    public static string RequirePassword(string password, int shortest)
    {
        var bytes = Encoding.UTF8.GetByteCount(password);
        return bytes < shortest ? throw Invalid($"password must be at least {shortest} characters")
            : bytes > LongestPassword ? throw Invalid($"password must be at most {LongestPassword} bytes")
            : password;
    }

    /// <summary>A display name, or none.</summary>
    /// <exception cref="RefusedException">It is too long, or has control characters in it (400).</exception>
    public static string? RequireDisplayName(string? name) => name is not null && (name.Length > LongestDisplayName || name.Any(char.IsControl))
        ? throw Invalid($"displayName must be at most {LongestDisplayName} characters without control characters")
        : name;

    private static string Printable(string text) => string.Concat(text.Take(60).Select(c => char.IsControl(c) ? '?' : c));

    private static RefusedException Invalid(string text) => new(Refusal.Invalid, text);
}
