using System.Security.Cryptography;

namespace RootCx.Local.Launcher;

/// <summary>The first user, who administers the platform.</summary>
/// <param name="Email">Signs in with it.</param>
/// <param name="Password">In clear text: this is a development machine, and the file is its owner's alone.</param>
internal sealed record AdminAccount(string Email, string Password)
{
    // Without what looks alike in a terminal.
    private const string Readable = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    /// <summary>
    /// The account to use: <c>ROOTCX_ADMIN_EMAIL</c> and <c>ROOTCX_ADMIN_PASSWORD</c> where set, else what an earlier start wrote down, else a new one.
    /// A new one is written down at once, before anybody registers with it; see <see cref="SaveAsync"/> for the rest.
    /// </summary>
    public static async Task<AdminAccount> LoadAsync(string path, CancellationToken cancellation)
    {
        var known = await PrivateFile.ReadAsync(path, LaunchJson.Default.AdminAccount, cancellation);
        var email = Setting("ROOTCX_ADMIN_EMAIL") ?? known?.Email ?? "admin@localhost";
        var password = Setting("ROOTCX_ADMIN_PASSWORD") ?? (known?.Email == email ? known.Password : NewPassword());
        var account = new AdminAccount(email, password);
        if (known is null)
        {
            await account.SaveAsync(path, cancellation);
        }

        return account;
    }

    /// <summary>Writes the account down. To be called once it has signed in, so that a mistyped variable does not overwrite a password that works.</summary>
    public Task SaveAsync(string path, CancellationToken cancellation) => PrivateFile.WriteAsync(path, this, LaunchJson.Default.AdminAccount, cancellation);

    private static string? Setting(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static string NewPassword()
    {
        while (true)
        {
            var letters = RandomNumberGenerator.GetString(Readable, 20);
            if (letters.Any(char.IsAsciiLetterLower) && letters.Any(char.IsAsciiLetterUpper) && letters.Any(char.IsAsciiDigit))
            {
                return string.Join('-', letters.Chunk(5).Select(chunk => new string(chunk)));
            }
        }
    }
}
