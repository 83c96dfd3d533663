using System.ComponentModel.DataAnnotations;

namespace RootCx.SupervisorHost.Packages;

/// <summary>Where packages come from and what they may take; section <c>Packages</c>.</summary>
public sealed class PackageOptions : IValidatableObject
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Packages";

    /// <summary>
    /// The npm registry that all installs use, http or https, with user and password if it wants some. Empty: npm's own, unless a project names
    /// another. <c>NPM_CONFIG_REGISTRY</c> is another name of it.
    /// </summary>
    [RegularExpression("^https?://.+$", ErrorMessage = "Packages:Registry must be an absolute http or https address, for instance https://npm.example.com/.")]
    public string? Registry { get; set; }

    /// <summary>Port on the loopback interface that installs reach the cache at; 0 for any that is free, the same again after a restart if it still is.</summary>
    [Range(0, 65_535)]
    public int Port { get; set; }

    /// <summary>Disk that tarballs kept for the next install may take, in bytes; those that were not used for longest go first.</summary>
    [Range(1, 1024L * 1024 * 1024 * 1024)]
    public long CacheBytes { get; set; } = 2L * 1024 * 1024 * 1024;

    /// <summary>Largest tarball, in bytes; an install that needs a larger one fails.</summary>
    [Range(1, 1024L * 1024 * 1024 * 1024)]
    public long TarballBytes { get; set; } = 512L * 1024 * 1024;

    /// <summary>
    /// Disk that one install may take below its version's folder, and as much again in Bun's home, in bytes; each file counts as whole blocks of 4 KiB.
    /// </summary>
    [Range(1, 1024L * 1024 * 1024 * 1024)]
    public long InstallBytes { get; set; } = 1024L * 1024 * 1024;

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!string.IsNullOrEmpty(Registry) && !Uri.TryCreate(Registry, UriKind.Absolute, out _))
        {
            yield return new ValidationResult("Packages:Registry is no address.", [nameof(Registry)]); // not repeated: it may hold a password
        }

        if (TarballBytes > CacheBytes)
        {
            yield return new ValidationResult("Packages:TarballBytes must not be more than Packages:CacheBytes.", [nameof(TarballBytes)]);
        }
    }
}
