using System.Net;
using System.Net.Sockets;
using System.Text;
using RootCx.SupervisorHost.Packages;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Packages;

/// <summary>Where the packages of an install come from.</summary>
public sealed class PackageInstallTests(PlatformStack stack)
{
    [Fact]
    public async Task A_package_that_one_app_installed_is_not_downloaded_for_the_next()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Add("plain", "1.0.0", "plain one");
        registry.Add("@team/scoped", "2.0.0", "scoped two");
        await using var parts = await InstallParts.StartAsync(stack, registry.Url);
        var package = ("package.json", """{"name":"x","dependencies":{"plain":"^1.0.0","@team/scoped":"^2.0.0"}}""");

        foreach (var folder in new[] { await parts.InstalledAsync(package), await parts.InstalledAsync(package) })
        {
            Assert.Contains("plain one", InstallParts.Exported(folder, "plain"), StringComparison.Ordinal);
            Assert.Contains("scoped two", InstallParts.Exported(folder, "@team/scoped"), StringComparison.Ordinal);
        }

        Assert.Equal((1, 1), (registry.Downloads("plain"), registry.Downloads("@team/scoped")));
    }

    [Fact]
    public async Task Apps_that_install_at_once_share_a_download()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Add("plain", "1.0.0", "plain one");
        await using var parts = await InstallParts.StartAsync(stack, registry.Url);
        var bothAsked = new TaskCompletionSource();
        registry.BeforeTarball = () => bothAsked.Task;

        var installs = Task.WhenAll(Enumerable.Range(0, 2).Select(_ => parts.InstalledAsync(("package.json", """{"name":"x","dependencies":{"plain":"1.0.0"}}"""))));
        await Eventually.TrueAsync(() => registry.Requests.Count(request => request.EndsWith("/plain", StringComparison.Ordinal)) == 2, "they did not both begin");
        bothAsked.SetResult();
        foreach (var folder in await installs)
        {
            Assert.Contains("plain one", InstallParts.Exported(folder, "plain"), StringComparison.Ordinal);
        }

        Assert.Equal(1, registry.Downloads("plain"));
    }

    [Fact]
    public async Task A_lock_file_decides_over_newer_versions()
    {
        await using var registry = await TestRegistry.StartAsync();
        var integrity = registry.Add("plain", "1.0.0", "as locked");
        registry.Add("plain", "1.1.0", "newer");
        await using var parts = await InstallParts.StartAsync(stack, registry.Url);

        var folder = await parts.InstalledAsync(Wanting("^1.0.0"), Locked("^1.0.0", integrity));
        Assert.Contains("as locked", InstallParts.Exported(folder, "plain"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lock_file_that_does_not_match_is_refused()
    {
        await using var registry = await TestRegistry.StartAsync();
        var integrity = registry.Add("plain", "1.0.0", "as locked");
        registry.Add("plain", "1.1.0", "newer");
        await using var parts = await InstallParts.StartAsync(stack, registry.Url);

        Assert.Contains("lockfile is frozen", await parts.RefusedAsync(Wanting("1.1.0"), Locked("^1.0.0", integrity)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tarball_that_was_changed_on_disk_is_fetched_anew()
    {
        await using var registry = await TestRegistry.StartAsync();
        var integrity = registry.Add("plain", "1.0.0", "genuine");
        await using var parts = await InstallParts.StartAsync(stack, registry.Url);
        await parts.InstalledAsync(Wanting("1.0.0"), Locked("1.0.0", integrity));
        await File.WriteAllBytesAsync(Directory.GetFiles(parts.Folders.Tarballs).Single(), Forged(), TestContext.Current.CancellationToken);

        Assert.Contains("genuine", InstallParts.Exported(await parts.InstalledAsync(Wanting("1.0.0"), Locked("1.0.0", integrity)), "plain"), StringComparison.Ordinal);
        Assert.Equal(2, registry.Downloads("plain"));
    }

    [Fact]
    public async Task A_tarball_that_is_not_the_locked_one_is_not_installed()
    {
        await using var registry = await TestRegistry.StartAsync();
        var integrity = registry.Add("plain", "1.0.0", "genuine");
        await using var parts = await InstallParts.StartAsync(stack, registry.Url);
        using var forged = new MemoryStream(Forged());
        await parts.Get<TarballStore>().AddAsync(new Uri(registry.Url + "plain/-/plain-1.0.0.tgz"), forged, TestContext.Current.CancellationToken);

        Assert.Contains("ntegrity", await parts.RefusedAsync(Wanting("1.0.0"), Locked("1.0.0", integrity)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registry_that_is_down_is_said_to_be()
    {
        var registry = await TestRegistry.StartAsync();
        await registry.DisposeAsync();
        await using var parts = await InstallParts.StartAsync(stack, registry.Url);

        var error = await parts.RefusedAsync(Wanting("1.0.0"));
        Assert.Contains($"GET {registry.Url}plain - 502", error, StringComparison.Ordinal);
        Assert.Contains($"the registry {registry.Url} can't be reached: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_package_that_does_not_exist_is_told_with_the_address_of_the_registry()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var parts = await InstallParts.StartAsync(stack, registry.Url);

        Assert.Contains($"GET {registry.Url}plain - 404", await parts.RefusedAsync(Wanting("1.0.0")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_operators_credentials_reach_the_registry_and_nobody_else()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Add("plain", "1.0.0", "private");
        registry.Authorization = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("reader:hush:hush"));
        await using var parts = await InstallParts.StartAsync(stack, registry.Url.Replace("//", "//reader:hush%3Ahush@", StringComparison.Ordinal));

        var folder = await parts.InstalledAsync(
            ("package.json", """{"name":"x","dependencies":{"plain":"1.0.0"},"scripts":{"postinstall":"env > environment.txt"}}"""));
        Assert.Contains("private", InstallParts.Exported(folder, "plain"), StringComparison.Ordinal);
        Assert.DoesNotContain("hush", await File.ReadAllTextAsync(Path.Combine(folder, "environment.txt"), TestContext.Current.CancellationToken), StringComparison.Ordinal);

        registry.Authorization = "Basic other";
        var error = await parts.RefusedAsync(("package.json", """{"name":"x","dependencies":{"other":"1.0.0"}}"""));
        Assert.Contains($"GET {registry.Url}other - 401", error, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".npmrc", "@team:registry={0}\n")]
    [InlineData("bunfig.toml", "[install.scopes]\nteam = \"{0}\"\n")]
    public async Task A_projects_own_registry_for_a_scope_is_asked_directly(string file, string settings)
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Add("plain", "1.0.0", "from everybody's");
        await using var own = await TestRegistry.StartAsync();
        own.Add("@team/scoped", "2.0.0", "from their own");
        await using var parts = await InstallParts.StartAsync(stack, registry.Url);

        var folder = await parts.InstalledAsync(
            ("package.json", """{"name":"x","dependencies":{"plain":"1.0.0","@team/scoped":"2.0.0"}}"""), (file, string.Format(null, settings, own.Url)));
        Assert.Contains("from everybody's", InstallParts.Exported(folder, "plain"), StringComparison.Ordinal);
        Assert.Contains("from their own", InstallParts.Exported(folder, "@team/scoped"), StringComparison.Ordinal);
        Assert.DoesNotContain(registry.Requests, request => request.Contains("team", StringComparison.Ordinal));
        Assert.Single(Directory.GetFiles(parts.Folders.Tarballs));
    }

    [Theory]
    [InlineData(".npmrc", "registry={0}\n")]
    [InlineData("bunfig.toml", "[install]\nregistry = \"{0}\"\n")]
    public async Task A_projects_own_default_registry_stands_unless_the_operator_named_one(string file, string settings)
    {
        await using var operators = await TestRegistry.StartAsync();
        operators.Add("plain", "1.0.0", "the operator's");
        await using var own = await TestRegistry.StartAsync();
        own.Add("plain", "1.0.0", "their own");

        foreach (var (registry, expected) in new[] { (null, "their own"), (operators.Url, "the operator's") })
        {
            await using var parts = await InstallParts.StartAsync(stack, registry);
            var folder = await parts.InstalledAsync(Wanting("1.0.0"), (file, string.Format(null, settings, own.Url)));
            Assert.Contains(expected, InstallParts.Exported(folder, "plain"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Without_any_setting_packages_come_through_the_cache_too()
    {
        await using var registry = await TestRegistry.StartAsync();
        var integrity = registry.Add("plain", "1.0.0", "from the cache");
        await using var parts = await InstallParts.StartAsync(stack, registry: null);
        using var http = new HttpClient();
        await using var tarball = await http.GetStreamAsync(registry.Url + "plain/-/plain-1.0.0.tgz", TestContext.Current.CancellationToken);
        await parts.Get<TarballStore>().AddAsync(
            new Uri(parts.Get<PackageRegistry>().Address, "plain/-/plain-1.0.0.tgz"), tarball, TestContext.Current.CancellationToken);

        var folder = await parts.InstalledAsync(Wanting("1.0.0"), Locked("1.0.0", integrity));
        Assert.Contains("from the cache", InstallParts.Exported(folder, "plain"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_project_with_a_token_for_the_registry_asks_it_directly()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Add("plain", "1.0.0", "private");
        registry.Authorization = "Bearer theirs";
        await using var parts = await InstallParts.StartAsync(stack, registry.Url);

        var folder = await parts.InstalledAsync(Wanting("1.0.0"), (".npmrc", $"{registry.Url["http:".Length..]}:_authToken=theirs\n"));
        Assert.Contains("private", InstallParts.Exported(folder, "plain"), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(parts.Folders.Tarballs));
    }

    [Fact]
    public async Task A_cache_whose_port_is_taken_takes_another_and_the_operators_credentials_stay_with_it()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Add("plain", "1.0.0", "plain one");
        registry.Authorization = "Basic " + Convert.ToBase64String("operator:hush"u8);
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await using var parts = await InstallParts.StartAsync(
            stack, registry.Url.Replace("://", "://operator:hush@", StringComparison.Ordinal), options => options.Port = port);

        Assert.NotEqual(port, parts.Cache.Address.Port);
        var folder = await parts.InstalledAsync(("package.json", """{"name":"x","dependencies":{"plain":"1.0.0"},"scripts":{"postinstall":"env > seen"}}"""));
        Assert.Contains("plain one", InstallParts.Exported(folder, "plain"), StringComparison.Ordinal);
        Assert.DoesNotContain("hush", await File.ReadAllTextAsync(Path.Combine(folder, "seen"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_registry_calls_a_tarball_and_is_none_is_not_kept()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Add("plain", "1.0.0", "<html>try again later</html>"u8.ToArray());
        await using var parts = await InstallParts.StartAsync(stack, registry.Url);

        Assert.Contains("what the registry sent is no tarball", await parts.RefusedAsync(Wanting("1.0.0")), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(parts.Folders.Tarballs));
    }

    private static (string Path, string Content) Wanting(string range) => ("package.json", $$$"""{"name":"x","dependencies":{"plain":"{{{range}}}"}}""");

    // As Bun writes it for a package of the default registry: without an address.
    private static (string Path, string Content) Locked(string range, string integrity) => ("bun.lock", $$$"""
        {
          "lockfileVersion": 1,
          "workspaces": { "": { "name": "x", "dependencies": { "plain": "{{{range}}}" } } },
          "packages": { "plain": ["plain@1.0.0", "", {}, "{{{integrity}}}"] }
        }
        """);

    private static byte[] Forged() => TestRegistry.Pack(("package.json", """{"name":"plain","version":"1.0.0"}"""), ("index.js", "module.exports = 'forged';"));
}
