using System.ComponentModel.DataAnnotations;

namespace RootCx.Functions.Api;

/// <summary>The HTTP surface; section <c>Api</c>.</summary>
public sealed class ApiOptions
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Api";

    /// <summary>Largest JSON body, in bytes.</summary>
    [Range(1024, 100 * 1024 * 1024)]
    public int JsonBodyBytes { get; set; } = 2 * 1024 * 1024;

    /// <summary>
    /// Proxies of ours in front of the API, each of which appends the address it was connected to to <c>X-Forwarded-For</c>. Without it: 1 on Azure, whose front end
    /// is one, and none elsewhere.
    /// </summary>
    [Range(0, 10)]
    public int? TrustedProxies { get; set; }

    /// <summary>
    /// Origins whose pages may call the API, besides loopback and Tauri ones, which always may: exact (<c>https://tools.example.com</c>) or all hosts of a
    /// domain (<c>https://*.example.com</c>).
    /// </summary>
    public string[] AllowedOrigins { get; set; } = [];
}
