using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Options;

namespace RootCx.SupervisorHost.Packages;

/// <summary>The npm registry behind the cache. Its credentials are the operator's: they go to it alone, and into no text.</summary>
public sealed class PackageRegistry
{
    private const string Npm = "https://registry.npmjs.org/";

    /// <summary>Reads the settings.</summary>
    public PackageRegistry(IOptions<PackageOptions> options)
    {
        IsChosen = !string.IsNullOrEmpty(options.Value.Registry);
        var given = new UriBuilder(IsChosen ? options.Value.Registry! : Npm) { Query = "", Fragment = "" }; // not empty
        if (given.UserName.Length > 0 || given.Password.Length > 0)
        {
            var pair = $"{Uri.UnescapeDataString(given.UserName)}:{Uri.UnescapeDataString(given.Password)}";
            Credentials = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
        }

        given.UserName = given.Password = "";
        given.Path = given.Path.TrimEnd('/') + "/";
        Address = given.Uri;
    }

    /// <summary>Whether the operator named it; then no project's default registry is used instead.</summary>
    public bool IsChosen { get; }

    /// <summary>Its address without credentials; ends with a slash.</summary>
    public Uri Address { get; }

    /// <summary>What it is told of who asks; null for nothing.</summary>
    public AuthenticationHeaderValue? Credentials { get; }

    /// <summary>What a request to the cache asks the registry for; null when it asks for something else.</summary>
    /// <param name="target">Path and query as they came, so that the registry gets them letter for letter.</param>
    public Uri? Locate(string target) =>
        target.StartsWith('/')
        && Uri.TryCreate(Address.AbsoluteUri + target[1..], UriKind.Absolute, out var address)
        && IsBelow(address)
        && !Uri.UnescapeDataString(address.AbsolutePath).Split('/', '\\').Contains("..")
            ? address
            : null;

    /// <summary>The other way round: where the cache has what the registry says is at <paramref name="link"/>, without a slash in front; null if it is not the registry's.</summary>
    public string? PathOf(string link) =>
        Uri.TryCreate(link, UriKind.Absolute, out var address) && IsBelow(address) && address.UserInfo.Length == 0
            ? address.PathAndQuery[Address.AbsolutePath.Length..]
            : null;

    // Behind a gateway some registries believe that they are reached without TLS.
    private bool IsBelow(Uri address) =>
        address.Scheme is "http" or "https"
        && (address.Authority == Address.Authority || (address.IsDefaultPort && address.Host == Address.Host && Address.IsDefaultPort))
        && address.AbsolutePath.StartsWith(Address.AbsolutePath, StringComparison.Ordinal);
}
