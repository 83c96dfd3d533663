using System.Security.Cryptography;

namespace RootCx.Local.Launcher;

/// <summary>What this machine's platform must keep to itself. Made once, kept in the data folder.</summary>
/// <param name="JwtSecret">Signs access tokens: 32 random bytes in base64.</param>
/// <param name="MasterKey">Encrypts the apps' secrets: 32 random bytes in hex. Without it they are lost.</param>
/// <param name="PostgresPassword">Of the user <c>rootcx</c>.</param>
internal sealed record LocalSecrets(string JwtSecret, string MasterKey, string PostgresPassword)
{
    private const int KeyBytes = 32;

    /// <summary>Reads the secrets, or makes them on the first start.</summary>
    public static async Task<LocalSecrets> LoadAsync(string path, CancellationToken cancellation)
    {
        if (await PrivateFile.ReadAsync(path, LaunchJson.Default.LocalSecrets, cancellation) is { } known)
        {
            return known;
        }

        var made = new LocalSecrets(
            Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes)),
            RandomNumberGenerator.GetHexString(2 * KeyBytes, lowercase: true),
            RandomNumberGenerator.GetHexString(KeyBytes, lowercase: true));
        await PrivateFile.WriteAsync(path, made, LaunchJson.Default.LocalSecrets, cancellation);
        return made;
    }
}
