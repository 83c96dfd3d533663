using System.Collections;
using Microsoft.Extensions.Options;
using RootCx.Core.Deployments;
using RootCx.Core.Logs;
using RootCx.Core.Processes;
using RootCx.SupervisorHost.Hosting;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Deployments;

/// <summary>
/// Runs <c>bun install</c> for versions that have a <c>package.json</c>: with the lock file as it is if there is one, in a clean environment,
/// within a time. Its output goes to the app's log.
/// </summary>
public sealed class PackageInstaller(
    WorkerLauncher launcher, ProcessGuardian guardian, WorkerUsers users, HostFolders folders, LogWriter logs, IOptions<DeploymentOptions> options)
{
    private const int MostLogged = 200;

    private static readonly string[] FreeInstall = ["install", "--no-progress"];
    private static readonly string[] FrozenInstall = [.. FreeInstall, "--frozen-lockfile"];

    // How packages are reached is the operator's business, so these alone pass from the host's environment.
    private static readonly string[] Passed =
        ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "NPM_CONFIG_REGISTRY"];

    /// <summary>Installs the packages of the version in <paramref name="folder"/>; nothing to do without a <c>package.json</c>.</summary>
    /// <exception cref="DeploymentFailedException">It failed, with the last lines of its output, or took too long.</exception>
    public async Task InstallAsync(string appId, string folder, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(folder, "package.json")))
        {
            return;
        }

        var output = new OutputTail();
        var locked = File.Exists(Path.Combine(folder, "bun.lock")) || File.Exists(Path.Combine(folder, "bun.lockb"));
        using var install = ChildProcess.Start(
            new ProcessStart(launcher.BunPath, locked ? FrozenInstall : FreeInstall)
            {
                WorkingDirectory = folder,
                Environment = EnvironmentFor(appId),
                User = users.For(appId),
                OnOutput = Output,
                OnError = Output,
            },
            guardian);
        try
        {
            var exit = await install.Exited.WaitAsync(options.Value.InstallTimeout, cancellationToken);
            if (exit.ExitCode != 0)
            {
                throw new DeploymentFailedException(DeploymentFailure.Install, $"bun install failed ({exit}): {output}");
            }
        }
        catch (TimeoutException)
        {
            throw new DeploymentFailedException(
                DeploymentFailure.Install, $"bun install took longer than {options.Value.InstallTimeout.TotalSeconds:0} s: {output}");
        }

        void Output(string line)
        {
            if (output.Add(line) is var count and <= MostLogged)
            {
                logs.WriteSystem(appId, count == MostLogged ? "bun install: (further output left out)" : $"bun install: {line}");
            }
        }
    }

    // One home for all installs, so that they share Bun's package cache; but what one app's user may write another's must not trust.
    private string HomeFor(string appId)
    {
        if (users.For(appId) is not { } user)
        {
            return folders.Packages;
        }

        var home = Path.Combine(folders.Packages, appId);
        Directory.CreateDirectory(home);
        FileOwner.Give(home, user);
        return home;
    }

    private Dictionary<string, string> EnvironmentFor(string appId)
    {
        var home = HomeFor(appId);
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(variable => Passed.Contains((string)variable.Key))
            .ToDictionary(variable => (string)variable.Key, variable => (string)variable.Value!); // a variable that is set has a value
        environment["PATH"] = $"{Path.GetDirectoryName(launcher.BunPath)}:/usr/local/bin:/usr/bin:/bin";
        environment["HOME"] = home;
        environment["TMPDIR"] = home;
        return environment;
    }
}
