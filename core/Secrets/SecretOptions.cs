using System.ComponentModel.DataAnnotations;

namespace RootCx.Core.Secrets;

/// <summary>Keys that stand outside the database; section <c>Secrets</c>.</summary>
public sealed class SecretOptions
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Secrets";

    /// <summary>32 bytes in hex, from which the platform's other secrets are derived. Every supervisor needs the same; losing it means new app passwords.</summary>
    [Required(ErrorMessage = "Secrets:MasterKey (or ROOTCX_MASTER_KEY) is required: 32 bytes in hex, the same on every supervisor.")]
    [RegularExpression("^[0-9a-fA-F]{64}$", ErrorMessage = "Secrets:MasterKey (or ROOTCX_MASTER_KEY) must be 32 bytes in hex (64 digits).")]
    public string MasterKey { get; set; } = "";
}
