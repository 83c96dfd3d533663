using System.Diagnostics;
using System.Text;
using RootCx.Local.Launcher;

namespace RootCx.Bench.Frontends;

/// <summary>
/// A file of a front end from memory, beside ASP.NET Core's own static file middleware, both in processes of their own and asked in turns; and what deploys of front ends take.
/// </summary>
internal sealed class StaticFileBenchmark : Benchmark
{
    private const int Connections = 32;
    private const int FileBytes = 10 * 1024;
    private const int Rounds = 8;
    private const int Files = 500;
    private const int LargeBytes = 46 * 1024 * 1024;
    private const int MebiByte = 1024 * 1024;
    private const string Baseline = "ASP.NET Core's static file middleware";

    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);

    public override string Name => "static";

    public override async Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        await using var stack = await LaunchedStack.StartAsync(settings: null, cancellationToken);
        using var app = await BenchApp.CreateAsync(stack, cancellationToken);
        var folder = Directory.CreateTempSubdirectory("rootcx-bench-");
        try
        {
            var script = Script(FileBytes, seed: 1);
            await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "app.js"), script, cancellationToken);
            var memory = await LargeDeployAsync(stack, app); // first: what the load takes is kept for a while, and would hide it
            await app.DeployFrontendAsync([("app.js", script)]);
            var start = new ProcessStartInfo("dotnet", [typeof(StaticFiles).Assembly.Location, StaticFiles.Argument, folder.FullName]) { UseShellExecute = false, RedirectStandardOutput = true };
            using var rival = Process.Start(start)!; // starts or throws
            try
            {
                var address = await rival.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("The other server did not start.");
                var (ours, theirs) = await CompareAsync(
                    new Uri($"{stack.Description.ApiUrl}/apps/{app.AppId}/app.js"), new Uri($"{address}/app.js"), cancellationToken);
                return [.. ours.Zip(theirs, (one, other) => one with { Baseline = other.Value, BaselineName = Baseline }), .. await DeploysAsync(app), memory];
            }
            finally
            {
                rival.Kill();
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<(IReadOnlyList<Figure> Ours, IReadOnlyList<Figure> Theirs)> CompareAsync(Uri ours, Uri theirs, CancellationToken cancellationToken)
    {
        var (our, their) = (new Load(ours), new Load(theirs));
        for (var round = -1; round < Rounds; round++)
        {
            await our.RunAsync(isCounted: round >= 0, cancellationToken);
            await their.RunAsync(isCounted: round >= 0, cancellationToken);
        }

        return (our.Figures(), their.Figures());
    }

    private static async Task<IReadOnlyList<Figure>> DeploysAsync(BenchApp app)
    {
        var files = Enumerable.Range(0, Files).Select(n => ($"assets/chunk{n}.js", Script(FileBytes, n))).ToList();
        var deploy = await Samples.MeasureAsync(1, 5, () => app.DeployFrontendAsync(files));
        var bundle = await Samples.MeasureAsync(1, 5, () => app.DeployFrontendAsync([("index.js", Script(500_000, seed: 7))]));
        return
        [
            new Figure($"deploy of a front end of {Files} scripts of {FileBytes / 1024} KiB, p50", deploy.Percentile(50), "ms"),
            new Figure("deploy of a front end of one script of 500 KB, p50", bundle.Percentile(50), "ms"),
        ];
    }

    private static async Task<Figure> LargeDeployAsync(LaunchedStack stack, BenchApp app)
    {
        await app.DeployFrontendAsync([("large.bin", new byte[MebiByte])]);
        var noise = new byte[LargeBytes];
        new Random(1).NextBytes(noise);
        var api = stack.ReadDescription().Children.Single(child => child.Name == "api").Pid;
        ProcessMemory.ForgetPeak(api);
        var before = ProcessMemory.Of(api).Resident;
        await app.DeployFrontendAsync([("large.bin", noise)]);
        return new Figure($"peak memory of the API while a front end of {LargeBytes / MebiByte} MiB is deployed, more than before", ProcessMemory.Of(api).Peak - before, "MiB");
    }

    // Words in a random order: compresses about as code does.
    private static byte[] Script(int bytes, int seed)
    {
        string[] words = ["const", "return", "function", "state", "props", "await", "deal", "(", ")", "{", "}", ";", "=>", "import", "export", "render", "value", "index"];
        var (random, text) = (new Random(seed), new StringBuilder());
        while (text.Length < bytes)
        {
            text.Append(words[random.Next(words.Length)]).Append(random.Next(100)).Append(' ');
        }

        return Encoding.UTF8.GetBytes(text.ToString(0, bytes));
    }

    private sealed class Load(Uri url)
    {
        private readonly Samples _times = new();
        private double _seconds;
        private int _answers;

        public async Task RunAsync(bool isCounted, CancellationToken cancellationToken)
        {
            var clients = Enumerable.Range(0, Connections).Select(_ => new RawClient(url)).ToList();
            try
            {
                await Task.WhenAll(clients.Select(client => client.ConnectAsync(cancellationToken).AsTask()));
                var begun = Stopwatch.GetTimestamp();
                var all = await Task.WhenAll(clients.Select(client => Task.Run(() => client.AskAsync(Round, cancellationToken), cancellationToken)));
                if (isCounted)
                {
                    _seconds += Stopwatch.GetElapsedTime(begun).TotalSeconds;
                    _answers += all.Sum(times => times.Count);
                    all.SelectMany(times => times).ToList().ForEach(_times.Add);
                }
            }
            finally
            {
                clients.ForEach(client => client.Dispose());
            }
        }

        public IReadOnlyList<Figure> Figures() =>
        [
            new($"requests for a file of {FileBytes / 1024} KiB, {Connections} connections", _answers / _seconds, "/s"),
            new("a request, p50", _times.Percentile(50), "ms"),
            new("a request, p99", _times.Percentile(99), "ms"),
        ];
    }
}
