using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using RootCx.Local.Launcher;
using RootCx.SupervisorHost.Hosting;
using RootCx.SupervisorHost.Workers;

namespace RootCx.Bench.Workers;

/// <summary>A call from the supervisor to a worker's handler and back, without the queues, beside one JSON line there and back over a bare Bun's standard streams.</summary>
internal sealed class WorkerBenchmark : Benchmark
{
    private static readonly byte[] Parameters = """{"name":"Ada"}"""u8.ToArray();

    public override string Name => "worker";

    public override async Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        await using var stack = await LaunchedStack.StartAsync(settings: null, cancellationToken);
        var folder = Directory.CreateTempSubdirectory("rootcx-bench-");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "index.ts"), "serve({ echo: (params) => params });", cancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            folder.UnixFileMode |= UnixFileMode.OtherRead | UnixFileMode.OtherExecute; // a worker may run as somebody else
        }

        await using var services = Supervisor(stack, Path.Combine(folder.FullName, "data"));
        var worker = await services.GetRequiredService<WorkerFactory>().StartAsync(new AppVersion("bench", 1, folder.FullName, "index.ts"), cancellationToken);
        using var bare = BareBun.StartEcho();
        try
        {
            await worker.WaitUntilReadyAsync(cancellationToken);
            var call = await Samples.MeasureAsync(2000, 10_000, () => EchoAsync(worker));
            var line = await Samples.MeasureAsync(2000, 10_000, bare.RoundTripAsync);
            return
            [
                new Figure("supervisor → handler → supervisor, p50", 1000 * call.Percentile(50), "µs", 1000 * line.Percentile(50), "JSON line over a bare Bun's stdio, p50"),
                new Figure("supervisor → handler → supervisor, p99", 1000 * call.Percentile(99), "µs", 1000 * line.Percentile(99), "JSON line over a bare Bun's stdio, p99"),
            ];
        }
        finally
        {
            await worker.StopAsync(drain: false);
            folder.Delete(recursive: true);
        }
    }

    private static async Task EchoAsync(WorkerProcess worker)
    {
        if (await worker.CallAsync("echo", Parameters, null, CancellationToken.None) is not { Error: null })
        {
            throw new InvalidOperationException("The worker did not answer.");
        }
    }

    private static ServiceProvider Supervisor(LaunchedStack stack, string dataFolder)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:Postgres"] = stack.Description.Postgres,
            ["ConnectionStrings:Storage"] = stack.Description.Storage,
            ["Auth:JwtSecret"] = new string('s', 32),
            ["Secrets:MasterKey"] = new string('a', 64),
            ["Runtime:Url"] = stack.Description.ApiUrl,
            ["Supervisor:DataFolder"] = dataFolder,
            ["Workers:BunPath"] = BareBun.Program,
        });
        return new ServiceCollection()
            .AddLogging()
            .AddSingleton<IConfiguration>(configuration)
            .AddSupervisor(configuration)
            .BuildServiceProvider();
    }
}
