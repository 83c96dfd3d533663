using System.Net;
using System.Net.Sockets;

namespace RootCx.Core.Auth;

/// <summary>Where a request comes from.</summary>
/// <param name="Address">The client's IP address, if it is known.</param>
/// <param name="UserAgent">What the client calls itself.</param>
public sealed record ClientOrigin(string? Address, string? UserAgent)
{
    private const int NetworkBytes = 8;

    /// <summary>Whether it is this machine.</summary>
    public bool IsLoopback => IPAddress.TryParse(Address, out var address) && IPAddress.IsLoopback(address);

    /// <summary>Whom limits hold for: the address, of IPv6 the first 64 bits, since whoever has one address has all of those.</summary>
    public string Network => IPAddress.TryParse(Address, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6
        ? $"{new IPAddress([.. address.GetAddressBytes()[..NetworkBytes], .. new byte[NetworkBytes]])}/64"
        : Address ?? "unknown";
}
