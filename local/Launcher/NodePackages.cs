using System.Runtime.InteropServices;
using RootCx.Core.Processes;

namespace RootCx.Local.Launcher;

/// <summary>Where the programs that come from npm are.</summary>
internal sealed class NodePackages(string repositoryRoot)
{
    private readonly string _modules = Path.Combine(repositoryRoot, "node_modules");

    /// <summary>The folder with PostgreSQL's <c>bin</c>, <c>lib</c> and <c>share</c> for this machine.</summary>
    public string Postgres
    {
        get
        {
            var system = OperatingSystem.IsMacOS() ? "darwin" : "linux";
            var processor = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64";
            var native = Path.Combine(_modules, "@embedded-postgres", $"{system}-{processor}", "native");
            Require(Path.Combine(native, "bin", "postgres"));
            return native;
        }
    }

    /// <summary>Azurite's entry point, a script for Node.js.</summary>
    public string Azurite => Require(Path.Combine(_modules, "azurite", "dist", "src", "azurite.js"));

    /// <summary>What is loaded before it; the file says why.</summary>
    public string AzuritePreload => Require(Path.Combine(repositoryRoot, "eng", "azurite-preload.cjs"));

    /// <summary>The Bun executable itself, not the link to it.</summary>
    public string Bun
    {
        get
        {
            var link = Require(Path.Combine(_modules, ".bin", "bun"));
            return File.ResolveLinkTarget(link, returnFinalTarget: true)?.FullName ?? link;
        }
    }

    /// <summary>The Node.js executable.</summary>
    public static string Node => UnixTools.Find("node") ?? throw new LaunchException("Node.js is not on the PATH; Azurite needs version 20 or newer.");

    private static string Require(string path) =>
        File.Exists(path) ? path : throw new LaunchException($"{path} is missing; ./run installs it, or 'npm ci' in the repository's root.");
}
