using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using RootCx.Core.Auth;

namespace RootCx.Functions.Api;

/// <summary>
/// Where requests come from. Behind proxies the connection is the last proxy's; each appends to <c>X-Forwarded-For</c> who it was connected to, so of that only as
/// many entries, from the right, as there are proxies of ours can be believed. Nothing else reads that header: see <see cref="ApiRegistration"/>.
/// </summary>
public sealed class ClientAddress(IOptions<ApiOptions> options, IConfiguration configuration)
{
    private readonly int _proxies = options.Value.TrustedProxies ?? (configuration["WEBSITE_SITE_NAME"] is { Length: > 0 } ? 1 : 0); // on Azure its front end

    /// <summary>The client of a request; without an address if it came past a proxy that should be there.</summary>
    public ClientOrigin Of(HttpRequest request) =>
        new(AddressOf(request)?.ToString(), request.Headers.UserAgent.ToString() is { Length: > 0 } agent ? agent : null);

    private IPAddress? AddressOf(HttpRequest request)
    {
        if (_proxies == 0)
        {
            return Plain(request.HttpContext.Connection.RemoteIpAddress);
        }

        var forwarded = request.Headers["X-Forwarded-For"].ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return forwarded.Length >= _proxies && IPEndPoint.TryParse(forwarded[^_proxies], out var client) ? Plain(client.Address) : null; // Azure writes the port as well
    }

    private static IPAddress? Plain(IPAddress? address) => address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
}
