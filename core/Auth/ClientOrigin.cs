using System.Net;

namespace RootCx.Core.Auth;

/// <summary>Where a request comes from.</summary>
/// <param name="Address">The client's IP address, if it is known.</param>
/// <param name="UserAgent">What the client calls itself.</param>
public sealed record ClientOrigin(string? Address, string? UserAgent)
{
    /// <summary>Whether it is this machine.</summary>
    public bool IsLoopback => IPAddress.TryParse(Address, out var address) && IPAddress.IsLoopback(address);
}
