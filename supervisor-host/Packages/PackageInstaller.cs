using Microsoft.Extensions.Options;
using RootCx.Core.Deployments;
using RootCx.Core.Logs;
using RootCx.Core.Processes;
using RootCx.SupervisorHost.Deployments;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Packages;

/// <summary>
/// Runs <c>bun install</c> for versions that have a <c>package.json</c>: in a clean environment, within a time and an amount of disk. Its output goes to the
/// app's log.
/// </summary>
public sealed class PackageInstaller(
    WorkerLauncher launcher,
    ProcessGuardian guardian,
    WorkerUsers users,
    BunHomes homes,
    InstallEnvironment environment,
    PackageRegistry registry,
    PackageCache cache,
    RegistryFaults faults,
    LogWriter logs,
    IOptions<DeploymentOptions> deployments,
    IOptions<PackageOptions> options,
    TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private static readonly string[] FreeInstall = ["install", "--no-progress"];
    private static readonly string[] FrozenInstall = ["install", "--no-progress", "--frozen-lockfile"];

    /// <summary>Installs the packages of the version in <paramref name="folder"/>; nothing to do without a <c>package.json</c>.</summary>
    /// <param name="appId">The app.</param>
    /// <param name="folder">The version's.</param>
    /// <param name="isFrozen">Whether a lock file that does not match is refused; else it counts as far as it does, and there is one afterwards.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DeploymentFailedException">It failed, with the last lines of its output, or took too long or too much disk.</exception>
    public async Task InstallAsync(string appId, string folder, bool isFrozen, CancellationToken cancellationToken)
    {
        if (!LockFiles.HasPackages(folder))
        {
            return;
        }

        using var home = homes.Enter(appId);
        var output = new InstallOutput(line => logs.WriteSystem(appId, line), cache.Address, registry.Address);
        var disk = new DiskLimit([folder, home.Path], options.Value.InstallBytes);
        using var install = ChildProcess.Start(
            new ProcessStart(launcher.BunPath, isFrozen ? FrozenInstall : FreeInstall)
            {
                WorkingDirectory = folder,
                Environment = environment.For(home.Path, folder),
                User = users.For(appId),
                OnOutput = output.Add,
                OnError = output.Add,
                MaxLineLength = InstallOutput.LineBytes * 2, // more than is kept, so that a cut is seen
            },
            guardian);
        try
        {
            await WaitAsync(install, disk, output, cancellationToken);
        }
        finally
        {
            await install.StopAsync(UnixSignal.Kill, TimeSpan.Zero, CancellationToken.None); // and all that it started
        }
    }

    private async Task WaitAsync(ChildProcess install, DiskLimit disk, InstallOutput output, CancellationToken cancellationToken)
    {
        var limit = deployments.Value.InstallTimeout;
        var begun = time.GetTimestamp();
        for (var over = false; !over;)
        {
            var left = limit - time.GetElapsedTime(begun);
            if (left <= TimeSpan.Zero)
            {
                throw Failure($"bun install took longer than {limit.TotalSeconds:0} s", output);
            }

            over = await EndsWithinAsync(install, left < Look ? left : Look, cancellationToken);
            if (disk.IsOver())
            {
                throw Failure($"bun install wrote more than {options.Value.InstallBytes} bytes (Packages:InstallBytes)", output);
            }
        }

        if (await install.Exited is { ExitCode: not 0 } exit)
        {
            throw Failure($"bun install failed ({exit})", output);
        }
    }

    private async Task<bool> EndsWithinAsync(ChildProcess install, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            await install.Exited.WaitAsync(patience, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private DeploymentFailedException Failure(string what, InstallOutput output)
    {
        var said = output.ToString();
        return new DeploymentFailedException(DeploymentFailure.Install, string.Join('\n', [$"{what}: {said}", .. faults.Explain(said)]));
    }
}
