using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using RootCx.SupervisorHost.Packages;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Packages;

/// <summary>The cache as Bun, or anybody else on this machine, speaks to it.</summary>
public sealed class PackageCacheTests(PlatformStack stack) : IDisposable
{
    private readonly HttpClient _http = new();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task A_description_passes_through_with_its_tag_and_the_tarballs_lead_to_the_cache()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Add("@team/scoped", "1.0.0", "x");
        await using var parts = await InstallParts.StartAsync(stack, registry.Url);

        using var request = new HttpRequestMessage(HttpMethod.Get, parts.Cache.Address + "@team%2fscoped");
        request.Headers.Add("Accept", "application/vnd.npm.install-v1+json; q=1.0");
        using var answer = await SendAsync(request);
        Assert.Equal("/npm/@team%2fscoped", registry.Requests.Single());
        Assert.Equal("application/vnd.npm.install-v1+json; q=1.0", registry.LastAccept);
        Assert.Equal("application/vnd.npm.install-v1+json", answer.Content.Headers.ContentType!.MediaType);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            $"{parts.Cache.Address}@team/scoped/-/scoped-1.0.0.tgz", JsonNode.Parse(text)!["versions"]!["1.0.0"]!["dist"]!["tarball"]!.GetValue<string>());

        using var again = new HttpRequestMessage(HttpMethod.Get, parts.Cache.Address + "@team%2fscoped");
        again.Headers.Add("If-None-Match", answer.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.NotModified, (await SendAsync(again)).StatusCode);
    }

    [Fact]
    public async Task Nothing_but_reading_is_passed_on()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var parts = await InstallParts.StartAsync(stack, registry.Url);
        foreach (var method in new[] { HttpMethod.Put, HttpMethod.Post, HttpMethod.Delete, HttpMethod.Patch })
        {
            using var request = new HttpRequestMessage(method, parts.Cache.Address + "plain");
            using var answer = await SendAsync(request);
            Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
            Assert.Equal(["GET", "HEAD"], answer.Content.Headers.Allow);
        }

        Assert.Empty(registry.Requests);
    }

    [Theory]
    [InlineData("/../secret")]
    [InlineData("/%2e%2e/secret")]
    [InlineData("/..%2fsecret")]
    [InlineData("/a/..%5c..%5csecret")]
    [InlineData("http://elsewhere.example/plain")]
    public async Task Only_what_lies_below_the_registrys_address_can_be_reached(string target)
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var parts = await InstallParts.StartAsync(stack, registry.Url);

        Assert.StartsWith("HTTP/1.1 400 ", await RawAsync(parts.Cache.Address!, target), StringComparison.Ordinal);
        Assert.Empty(registry.Requests);
    }

    [Fact]
    public async Task Errors_of_the_registry_keep_their_status()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var parts = await InstallParts.StartAsync(stack, registry.Url);
        foreach (var path in new[] { "plain", "plain/-/plain-1.0.0.tgz" })
        {
            using var answer = await _http.GetAsync(parts.Cache.Address + path, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        registry.Add("plain", "1.0.0", "now there"); // what failed is not remembered
        Assert.NotEmpty(await TarballAsync(parts, "plain"));
    }

    [Fact]
    public async Task What_was_not_used_for_longest_makes_room()
    {
        await using var registry = await TestRegistry.StartAsync();
        foreach (var name in new[] { "one", "two", "six" })
        {
            registry.Add(name, "1.0.0", "123"); // names and contents of one length, so tarballs of about one size
        }

        await using var probe = await InstallParts.StartAsync(stack, registry.Url);
        var size = (await TarballAsync(probe, "one")).Length;
        await using var parts = await InstallParts.StartAsync(stack, registry.Url, options => options.CacheBytes = options.TarballBytes = (size * 2) + (size / 2));
        foreach (var name in new[] { "one", "two", "one", "six", "one", "two" })
        {
            await TarballAsync(parts, name);
        }

        Assert.Equal((2, 2, 1), (registry.Downloads("one"), registry.Downloads("two"), registry.Downloads("six")));
        Assert.Equal(2, Directory.GetFiles(parts.Folders.Tarballs).Length);
    }

    [Fact]
    public async Task A_tarball_over_the_limit_is_refused_and_leaves_nothing()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Add("plain", "1.0.0", "plain one");
        await using var parts = await InstallParts.StartAsync(stack, registry.Url, options => options.TarballBytes = 100);

        using var answer = await _http.GetAsync(parts.Cache.Address + "plain/-/plain-1.0.0.tgz", TestContext.Current.CancellationToken);
        await answer.AssertErrorContainsAsync(HttpStatusCode.BadGateway, "the tarball is larger than 100 bytes (Packages:TarballBytes)");
        Assert.Empty(Directory.GetFiles(parts.Folders.Tarballs));
    }

    [Fact]
    public async Task Tarballs_outlive_the_process_and_what_was_half_written_does_not()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Add("plain", "1.0.0", "plain one");
        await using var parts = await InstallParts.StartAsync(stack, registry.Url);
        var tarball = await TarballAsync(parts, "plain");
        var half = Path.Combine(parts.Folders.Tarballs, "half.part");
        await File.WriteAllTextAsync(half, "half", TestContext.Current.CancellationToken);

        var later = new TarballStore(parts.Folders, Microsoft.Extensions.Options.Options.Create(new PackageOptions()), TimeProvider.System);
        await using var kept = await later.OpenAsync(new Uri(registry.Url + "plain/-/plain-1.0.0.tgz"), TestContext.Current.CancellationToken);
        Assert.Equal(tarball.Length, kept!.Length);
        Assert.False(File.Exists(half));
    }

    [Fact]
    public async Task The_port_stays_the_same_over_restarts_while_it_is_free()
    {
        await using var parts = await InstallParts.StartAsync(stack, "http://127.0.0.1:9/");
        var address = parts.Cache.Address!;
        await parts.Cache.StopAsync(TestContext.Current.CancellationToken);
        (await TakenAsync(address.Port)).Dispose();
        await parts.Cache.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(address, parts.Cache.Address);

        await parts.Cache.StopAsync(TestContext.Current.CancellationToken);
        using var taken = await TakenAsync(address.Port);
        await parts.Cache.StartAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(address, parts.Cache.Address);
    }

    // A process that is just being started from here has our sockets until it runs its own program, also those that we closed.
    private static async Task<TcpListener> TakenAsync(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        await Eventually.TrueAsync(
            () =>
            {
                try
                {
                    listener.Start();
                    return true;
                }
                catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
                {
                    return false;
                }
            },
            $"port {port} was not given up");
        return listener;
    }

    private Task<byte[]> TarballAsync(InstallParts parts, string name) =>
        _http.GetByteArrayAsync($"{parts.Cache.Address}{name}/-/{name}-1.0.0.tgz", TestContext.Current.CancellationToken);

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => _http.SendAsync(request, TestContext.Current.CancellationToken);

    // A client that does not tidy the address up.
    private static async Task<string> RawAsync(Uri server, string target)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: {server.Authority}\r\nConnection: close\r\n\r\n"), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
