using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using RootCx.Core.Errors;

namespace RootCx.Core.Secrets;

/// <summary>
/// Encrypt data keys. Each has an id that can be told without giving it away, so that it is known which one a data key needs; the present one encrypts,
/// all of them decrypt.
/// </summary>
public sealed class MasterKeys
{
    private const int IdBytes = 8;

    private readonly Dictionary<string, byte[]> _keys = [];
    private readonly byte[] _present;

    /// <summary>Takes the keys from the settings.</summary>
    public MasterKeys(IOptions<SecretOptions> options)
    {
        _present = Convert.FromHexString(options.Value.MasterKey);
        PresentId = IdOf(_present);
        foreach (var key in options.Value.PreviousMasterKeys.Select(Convert.FromHexString).Append(_present))
        {
            _keys[IdOf(key)] = key;
        }
    }

    /// <summary>Id of the one that encrypts.</summary>
    public string PresentId { get; }

    /// <summary>Whether data keys under this one can be decrypted.</summary>
    internal bool Has(string id) => _keys.ContainsKey(id);

    /// <summary>Encrypts a scope's data key under the present master key.</summary>
    internal WrappedKey Wrap(string scope, byte[] dataKey) => new(PresentId, SecretCipher.Encrypt(_present, dataKey, BoundTo(scope)));

    /// <summary>The scope's data key.</summary>
    /// <exception cref="RefusedException">Its master key is none of those there are, or it is not this scope's (500).</exception>
    internal byte[] Unwrap(string scope, WrappedKey wrapped)
    {
        if (!_keys.TryGetValue(wrapped.MasterKeyId, out var key))
        {
            throw new RefusedException(
                Refusal.Failed,
                $"the secrets of '{scope}' are encrypted under the master key {wrapped.MasterKeyId}, and Secrets:MasterKey is {PresentId}: "
                + "set the right one, or add the old one to Secrets:PreviousMasterKeys");
        }

        try
        {
            return SecretCipher.Decrypt(key, wrapped.Key, BoundTo(scope));
        }
        catch (CryptographicException)
        {
            throw new RefusedException(Refusal.Failed, $"the data key of '{scope}' can't be decrypted: what is stored is not what was written for it");
        }
    }

    /// <summary>What apps' database passwords were before each had one of its own.</summary>
    internal string DeriveDatabasePassword(string appId) => Convert.ToHexStringLower(
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _present, 32, info: Encoding.UTF8.GetBytes($"app-database:{appId}")));

    private static string IdOf(byte[] key) => Convert.ToHexStringLower(SHA256.HashData([.. "rootcx/master-key-id/"u8, .. key]).AsSpan(0, IdBytes));

    private static string BoundTo(string scope) => $"rootcx/data-key/{scope}";
}

/// <summary>A data key, encrypted.</summary>
/// <param name="MasterKeyId">Under which master key.</param>
/// <param name="Key">The data key.</param>
internal sealed record WrappedKey(string MasterKeyId, Ciphertext Key);
