using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using RootCx.Core.Auth;
using RootCx.Functions.Api;

namespace RootCx.Tests.Api;

public sealed class ClientAddressTests
{
    [Theory]
    [InlineData(0, null, "10.0.0.1")]
    [InlineData(0, "203.0.113.7", "10.0.0.1")] // anybody can write that
    [InlineData(1, "203.0.113.7", "203.0.113.7")]
    [InlineData(1, "198.51.100.9, 203.0.113.7:51234", "203.0.113.7")]
    [InlineData(2, "198.51.100.9, 203.0.113.7, 10.0.0.2", "203.0.113.7")]
    [InlineData(1, "127.0.0.1, 203.0.113.7", "203.0.113.7")]
    [InlineData(1, "[2001:db8::1]:443", "2001:db8::1")]
    [InlineData(1, "2001:db8::1", "2001:db8::1")]
    [InlineData(1, "::ffff:203.0.113.7", "203.0.113.7")]
    [InlineData(1, null, null)] // it came past the proxy
    [InlineData(2, "203.0.113.7", null)]
    [InlineData(1, "unknown", null)]
    public void Only_what_our_own_proxies_wrote_is_believed(int proxies, string? forwarded, string? expected)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse("::ffff:10.0.0.1");
        if (forwarded is not null)
        {
            context.Request.Headers["X-Forwarded-For"] = forwarded;
        }

        var addresses = new ClientAddress(Options.Create(new ApiOptions { TrustedProxies = proxies }), new ConfigurationManager());
        Assert.Equal(expected, addresses.Of(context.Request).Address);
    }

    [Fact]
    public void On_Azure_its_front_end_is_a_proxy_of_ours()
    {
        var configuration = new ConfigurationManager { ["WEBSITE_SITE_NAME"] = "tools" };
        var context = new DefaultHttpContext { Request = { Headers = { ["X-Forwarded-For"] = "203.0.113.7:1" } } };
        Assert.Equal("203.0.113.7", new ClientAddress(Options.Create(new ApiOptions()), configuration).Of(context.Request).Address);
    }

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7", false)]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64", false)]
    [InlineData("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64", false)]
    [InlineData(null, "unknown", false)]
    public void Limits_hold_for_networks(string? address, string network, bool isLoopback)
    {
        var origin = new ClientOrigin(address, null);
        Assert.Equal((network, isLoopback), (origin.Network, origin.IsLoopback));
    }
}
