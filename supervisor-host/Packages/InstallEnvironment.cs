using System.Collections;
using RootCx.SupervisorHost.Hosting;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Packages;

/// <summary>What an install finds around itself: nothing of the host's but how packages are reached, which is the operator's business.</summary>
public sealed class InstallEnvironment(WorkerLauncher launcher, HostFolders folders, PackageRegistry registry, PackageCache cache)
{
    private const string Loopback = "127.0.0.1,localhost";
    private const long LongestSettings = 64 * 1024;

    private static readonly string[] Passed = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"];

    /// <summary>All variables.</summary>
    /// <param name="home">See <see cref="BunHomes"/>.</param>
    /// <param name="folder">The version's.</param>
    public Dictionary<string, string> For(string home, string folder)
    {
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(variable => Passed.Contains((string)variable.Key))
            .ToDictionary(variable => (string)variable.Key, variable => (string)variable.Value!); // a variable that is set has a value
        environment["PATH"] = $"{Path.GetDirectoryName(launcher.BunPath)}:/usr/local/bin:/usr/bin:/bin";
        environment["HOME"] = home;
        environment["TMPDIR"] = home;
        AddRegistry(environment, folder);
        return environment;
    }

    // A variable counts for more than a project's own default registry, the .npmrc below XDG_CONFIG_HOME for less. What a project says of a scope always counts.
    private void AddRegistry(Dictionary<string, string> environment, string folder)
    {
        var through = registry.Credentials is null && HasTokenOfItsOwn(folder) ? null : cache.Address;
        if (through is not null)
        {
            foreach (var name in (string[])["NO_PROXY", "no_proxy"])
            {
                environment[name] = environment.GetValueOrDefault(name) is { Length: > 0 } direct ? $"{direct},{Loopback}" : Loopback;
            }
        }

        if (registry.IsChosen)
        {
            environment["NPM_CONFIG_REGISTRY"] = (through ?? registry.Address).AbsoluteUri; // never with the operator's credentials: scripts of packages read it
        }
        else if (through is not null)
        {
            environment["XDG_CONFIG_HOME"] = folders.BunSettings;
        }
    }

    // Bun sends a token only to the address that it was given for, so such a project has to speak to the registry itself.
    private bool HasTokenOfItsOwn(string folder)
    {
        var settings = new FileInfo(Path.Combine(folder, ".npmrc"));
        return settings is { Exists: true, Length: <= LongestSettings, LinkTarget: null }
            && File.ReadAllText(settings.FullName).Contains($"//{registry.Address.Authority}{registry.Address.AbsolutePath}:_", StringComparison.OrdinalIgnoreCase);
    }
}
