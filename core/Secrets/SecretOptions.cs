using System.ComponentModel.DataAnnotations;

namespace RootCx.Core.Secrets;

/// <summary>Keys that stand outside the database; section <c>Secrets</c>.</summary>
public sealed class SecretOptions : IValidatableObject
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Secrets";

    private const int KeyDigits = 64;

    /// <summary>32 bytes in hex, under which all data keys are encrypted. Every API and supervisor instance needs the same; without it all secrets are lost.</summary>
    [Required(ErrorMessage = "Secrets:MasterKey (or ROOTCX_MASTER_KEY) is required: 32 bytes in hex, the same on every instance.")]
    public string MasterKey { get; set; } = "";

    /// <summary>
    /// Further master keys, of the same form, that only decrypt: those that were in use before the present one, and one that is about to be. None by default.
    /// </summary>
    public string[] PreviousMasterKeys { get; set; } = [];

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Fault(MasterKey) is { } fault)
        {
            yield return new ValidationResult($"Secrets:MasterKey (or ROOTCX_MASTER_KEY) {fault}.", [nameof(MasterKey)]);
        }

        for (var i = 0; i < PreviousMasterKeys.Length; i++)
        {
            if (Fault(PreviousMasterKeys[i]) is { } previous)
            {
                yield return new ValidationResult($"Secrets:PreviousMasterKeys:{i} {previous}.", [nameof(PreviousMasterKeys)]);
            }
        }
    }

    // The value itself is never said.
    private static string? Fault(string key) =>
        key.Length == KeyDigits && key.All(char.IsAsciiHexDigit) ? null
        : key.StartsWith("@Microsoft.KeyVault(", StringComparison.OrdinalIgnoreCase)
            ? "is a Key Vault reference that was not resolved: the app's identity must be allowed to read that secret"
        : $"must be 32 bytes in hex ({KeyDigits} digits)";
}
