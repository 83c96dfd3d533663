using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using RootCx.Core.Auth;

namespace RootCx.Functions.Api;

/// <summary>
/// Where requests come from. Behind proxies the connection is the last proxy's; each appends to <c>X-Forwarded-For</c> who it was connected to, so of that only as
/// many entries, from the right, as there are proxies of ours can be believed.
/// </summary>
public sealed class ClientAddress(IOptions<ApiOptions> options, IConfiguration configuration)
{
    private readonly int _proxies = options.Value.TrustedProxies ?? (configuration["WEBSITE_SITE_NAME"] is { Length: > 0 } ? 1 : 0); // on Azure its front end

    /// <summary>The client of a request.</summary>
    public ClientOrigin Of(HttpRequest request) =>
        new(AddressOf(request)?.ToString(), request.Headers.UserAgent.ToString() is { Length: > 0 } agent ? agent : null);

    private IPAddress? AddressOf(HttpRequest request)
    {
        var forwarded = request.Headers["X-Forwarded-For"].ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var address = _proxies > 0 && forwarded.Length >= _proxies && TryParse(forwarded[^_proxies], out var client) ? client : request.HttpContext.Connection.RemoteIpAddress;
        return address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
    }

    // Azure writes the port as well.
    private static bool TryParse(string text, out IPAddress? address)
    {
        address = null;
        if (IPEndPoint.TryParse(text, out var endpoint))
        {
            address = endpoint.Address;
        }

        return address is not null;
    }
}
