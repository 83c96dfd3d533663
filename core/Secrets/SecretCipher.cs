using System.Security.Cryptography;
using System.Text;

namespace RootCx.Core.Secrets;

/// <summary>AES-256-GCM with a random nonce of 12 bytes for each value. What is encrypted is bound to a name, and decrypts under no other.</summary>
internal static class SecretCipher
{
    /// <summary>Length of a key.</summary>
    public const int KeyBytes = 32;

    private const int TagBytes = 16;

    /// <summary>Encrypts; the tag stands at the end.</summary>
    public static Ciphertext Encrypt(byte[] key, ReadOnlySpan<byte> plaintext, string boundTo)
    {
        var nonce = RandomNumberGenerator.GetBytes(AesGcm.NonceByteSizes.MaxSize);
        var bytes = new byte[plaintext.Length + TagBytes];
        using var cipher = new AesGcm(key, TagBytes);
        cipher.Encrypt(nonce, plaintext, bytes.AsSpan(..^TagBytes), bytes.AsSpan(^TagBytes..), Encoding.UTF8.GetBytes(boundTo));
        return new Ciphertext(nonce, bytes);
    }

    /// <summary>Decrypts.</summary>
    /// <exception cref="CryptographicException">Another key, another name, or not what was written.</exception>
    public static byte[] Decrypt(byte[] key, Ciphertext ciphertext, string boundTo)
    {
        if (ciphertext.Nonce.Length != AesGcm.NonceByteSizes.MaxSize || ciphertext.Bytes.Length < TagBytes)
        {
            throw new CryptographicException("The stored value is cut short.");
        }

        var plaintext = new byte[ciphertext.Bytes.Length - TagBytes];
        using var cipher = new AesGcm(key, TagBytes);
        cipher.Decrypt(
            ciphertext.Nonce, ciphertext.Bytes.AsSpan(..^TagBytes), ciphertext.Bytes.AsSpan(^TagBytes..), plaintext, Encoding.UTF8.GetBytes(boundTo));
        return plaintext;
    }
}

/// <summary>Something encrypted.</summary>
/// <param name="Nonce">12 bytes.</param>
/// <param name="Bytes">The ciphertext with its tag.</param>
internal sealed record Ciphertext(byte[] Nonce, byte[] Bytes);
