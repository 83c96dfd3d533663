using System.ComponentModel.DataAnnotations;

namespace RootCx.Core.Frontends;

/// <summary>Apps' front ends; section <c>Frontends</c>. How large an uploaded archive may be, and what it may unpack to, is said for deploys.</summary>
public sealed class FrontendOptions
{
    /// <summary>The section these are bound to.</summary>
    public const string Section = "Frontends";

    /// <summary>Most bytes of files and indexes that an instance of the API keeps in memory, of all apps together.</summary>
    [Range(1024 * 1024, 64L * 1024 * 1024 * 1024)]
    public long CacheBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Files that are sent with more bytes than this are not kept in memory; they are read from blob storage for each request.</summary>
    [Range(0, 1024 * 1024 * 1024)]
    public int LargestCachedBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Most bytes of UTF-8 in the paths of a front end's files together: whoever serves any of them has them all in memory.</summary>
    [Range(1024, 256 * 1024 * 1024)]
    public int PathBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>
    /// How long it may take to send a file; then the connection is broken off, and the client can ask for the rest. Below the Functions host's
    /// <c>functionTimeout</c>, which would otherwise end it together with everything else on the instance.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:09:00")]
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromMinutes(5);
}
