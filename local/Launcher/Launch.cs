using RootCx.Core.Processes;

namespace RootCx.Local.Launcher;

/// <summary>One run of the launcher, from the data folder to the last process stopped.</summary>
internal sealed class Launch(LaunchOptions options, DataFolder data, ProcessGuardian guardian, ChildRecords records, Terminal terminal)
{
    private readonly List<string> _configured = [];

    /// <summary>Starts everything and keeps it up until it is told to stop.</summary>
    /// <returns>The exit code: 0 after a stop that was asked for, 1 after a failure.</returns>
    public static async Task<int> RunAsync(LaunchOptions options, CancellationToken cancellation)
    {
        var terminal = new Terminal();
        using var signals = new StopSignals(cancellation);
        try
        {
            using var data = DataFolder.Open(options.DataFolder);
            await using var guardian = new ProcessGuardian();
            using var records = new ChildRecords(data.Children, TimeProvider.System);
            await new Launch(options, data, guardian, records, terminal).RunAsync(signals);
        }
        catch (LaunchException failure)
        {
            terminal.Failed(failure);
            return 1;
        }
        catch (OperationCanceledException) when (signals.Stop.IsCancellationRequested)
        {
            terminal.Done("Stopped.");
        }

        return 0;
    }

    private async Task RunAsync(StopSignals signals)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(signals.Stop);
        var stack = new Stack(guardian, records, terminal, TimeProvider.System);
        try
        {
            await StartAsync(stack, stopping.Token);
            await stack.WatchAsync();
        }
        finally
        {
            await stopping.CancelAsync();
            File.Delete(data.Stack);
            if (stack.Parts.Count > 0)
            {
                terminal.Begun("Stopping… (Ctrl-C again to hurry)");
            }

            await stack.StopAsync(signals.Hurry);
        }
    }

    private async Task StartAsync(Stack stack, CancellationToken stop)
    {
        File.Delete(data.Stack);
        if (await records.CleanAsync(stop) is var left and > 0)
        {
            terminal.Note($"Ended {left} processes that an earlier launcher left behind.");
        }

        if (options.Port != 0)
        {
            Ports.Check(options.Port);
        }

        var packages = new NodePackages(options.RepositoryRoot);
        var secrets = await LocalSecrets.LoadAsync(data.Secrets, stop);
        var admin = await AdminAccount.LoadAsync(data.Admin, stop);

        var stores = new List<Part>();
        var postgres = Configured("Postgres", "PostgreSQL") ?? Embed(new EmbeddedPostgres(packages.Postgres, data, secrets.PostgresPassword, guardian), stores);
        var storage = Configured("Storage", "Azure Storage") ?? Embed(new Azurite(packages.Azurite, packages.AzuritePreload, NodePackages.Node, data, options.StorageLog), stores);
        await stack.StartAsync(stores, stop);

        var hosts = new HostProcesses(data, secrets, postgres, storage, options.Port == 0 ? Ports.Free() : options.Port, packages.Bun);
        await stack.StartAsync([.. hosts.SupervisorParts(options.Supervisors), .. hosts.ApiParts(options.Apis)], stop);

        using var platform = new PlatformClient(hosts.ApiUrl);
        await platform.SignInAsync(admin, data.Admin, stop);
        await admin.SaveAsync(data.Admin, stop);
        var demo = options.Demo && await new Demo(options.RepositoryRoot, platform, terminal).RunAsync(stop);

        StackFile Describe() => new(
            hosts.ApiUrl, hosts.ApiUrls, hosts.SupervisorUrl, postgres, storage, admin.Email, admin.Password, Environment.ProcessId,
            [.. stack.Parts.Select(part => new StackChild(part.Part.Name, part.ProcessId))]);
        new Banner(terminal).Show(stack, _configured, Describe(), data.Admin, demo);
        stack.OnRestarted = () => PrivateFile.WriteAsync(data.Stack, Describe(), LaunchJson.Default.StackFile, CancellationToken.None);
        await stack.OnRestarted();
    }

    private string? Configured(string name, string title)
    {
        if (Environment.GetEnvironmentVariable($"ConnectionStrings__{name}") is not { Length: > 0 } given)
        {
            return null;
        }

        _configured.Add(title);
        return given;
    }

    private static string Embed(EmbeddedPostgres postgres, List<Part> parts)
    {
        parts.Add(postgres.Part());
        return postgres.ConnectionString;
    }

    private static string Embed(Azurite azurite, List<Part> parts)
    {
        parts.Add(azurite.Part());
        return azurite.ConnectionString;
    }
}
