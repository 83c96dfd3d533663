using System.Runtime.InteropServices;
using RootCx.Core.Processes;

namespace RootCx.Local.Launcher;

/// <summary>Where the programs that come from npm are.</summary>
public sealed class NodePackages(string repositoryRoot)
{
    private const string Solution = "RootCx.Functions.sln";
    private readonly string _modules = Path.Combine(repositoryRoot, "node_modules");

    /// <summary>Those of the repository that this program was built in.</summary>
    public static NodePackages Installed { get; } = new(FindRepositoryRoot());

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

    /// <summary>The repository that this program was built in, or what <c>ROOTCX_ROOT</c> says.</summary>
    public static string FindRepositoryRoot()
    {
        if (Environment.GetEnvironmentVariable("ROOTCX_ROOT") is { Length: > 0 } given)
        {
            return Path.GetFullPath(given);
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Solution)))
            {
                return folder.FullName;
            }
        }

        return Directory.GetCurrentDirectory();
    }

    private static string Require(string path) =>
        File.Exists(path) ? path : throw new LaunchException($"{path} is missing; ./run installs it, or 'npm ci' in the repository's root.");
}
