using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using RootCx.Core.Collections;
using RootCx.Core.Database;
using RootCx.Core.Doorbells;
using RootCx.Core.Manifests;
using RootCx.Local.Launcher;

namespace RootCx.Bench.Data;

/// <summary>
/// What it costs to go through the Data API's core: single rows in process, beside the same SQL by hand on the same table and pool; a thousand at once; a list of
/// 100,000 rows over HTTP with what memory it takes; and the installation of a large manifest.
/// </summary>
internal sealed class DataBenchmark : Benchmark
{
    private const int Rows = 100_000;
    private const int Batch = 1000;
    private const int Entities = 50;
    private const int MebiByte = 1024 * 1024;

    private static readonly int[] Percentiles = [50, 99];

    public override string Name => "data";

    public override async Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        await using var stack = await LaunchedStack.StartAsync(settings: null, cancellationToken);
        using var app = await BenchApp.CreateAsync(stack, cancellationToken);
        await app.InstallAsync(LargeManifest("warm", 2));
        var begun = Stopwatch.GetTimestamp();
        await app.InstallAsync(LargeManifest(app.AppId + "x", Entities));
        var installed = Stopwatch.GetElapsedTime(begun);
        begun = Stopwatch.GetTimestamp();
        await app.InstallAsync(LargeManifest(app.AppId + "x", Entities));
        var again = Stopwatch.GetElapsedTime(begun);
        await app.InstallAsync(DealsManifest(app.AppId));

        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["ConnectionStrings:Postgres"] = stack.Description.Postgres });
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<IConfiguration>(configuration)
            .AddSingleton(TimeProvider.System)
            .AddPlatformDatabase(configuration)
            .AddDoorbells()
            .AddManifests()
            .AddCollections()
            .BuildServiceProvider();
        var core = new CoreRows(services.GetRequiredService<RowReader>(), services.GetRequiredService<RowWriter>(), Table(app.AppId));
        var hand = new HandRows(services.GetRequiredService<NpgsqlDataSource>(), app.AppId);
        var ids = await hand.FillAsync(10_000);

        // In turns, so that what the machine does besides hits both.
        var (coreRead, handRead) = await BothAsync(2000, 20_000, n => core.FindAsync(ids[n % ids.Count]), n => hand.FindAsync(ids[n % ids.Count]));
        var (coreWrite, handWrite) = await BothAsync(200, 2000, _ => core.CreateAsync(), _ => hand.CreateAsync());
        var (coreChange, handChange) = await BothAsync(200, 2000, n => core.UpdateAsync(ids[n % ids.Count]), n => hand.UpdateAsync(ids[n % ids.Count]));
        var (coreBulk, handBulk) = await BothAsync(10, 100, _ => core.CreateManyAsync(Batch), _ => hand.CreateManyAsync(Batch));

        await hand.TruncateAsync();
        await hand.FillAsync(Rows);
        var api = stack.ReadDescription().Children.Single(child => child.Name == "api").Pid;
        await app.ReadAllAsync("collections/deals?limit=100", cancellationToken);
        var before = ProcessMemory.Of(api);
        begun = Stopwatch.GetTimestamp();
        var bytes = await app.ReadAllAsync("collections/deals", cancellationToken);
        var listed = Stopwatch.GetElapsedTime(begun);
        var peak = ProcessMemory.Of(api);
        begun = Stopwatch.GetTimestamp();
        await hand.ListAsync();
        var listedByHand = Stopwatch.GetElapsedTime(begun);
        return
        [
            .. Compare("read of a row", coreRead, handRead),
            .. Compare("insert of a row", coreWrite, handWrite),
            .. Compare("update of a row", coreChange, handChange),
            .. Compare($"insert of {Batch} rows", coreBulk, handBulk),
            new Figure($"list of {Rows} rows ({bytes / MebiByte} MiB) over HTTP", listed.TotalMilliseconds, "ms", listedByHand.TotalMilliseconds, "the same SQL by hand, in process"),
            new Figure("peak memory of the API while it lists, more than before", peak.Peak - before.Resident, "MiB"),
            new Figure($"installation of {Entities} entities", installed.TotalMilliseconds, "ms"),
            new Figure("the same again, nothing to do", again.TotalMilliseconds, "ms"),
        ];
    }

    private static async Task<(Samples Core, Samples Hand)> BothAsync(int warmUp, int count, Func<int, Task> core, Func<int, Task> hand)
    {
        var (ours, theirs) = (new Samples(), new Samples());
        for (var n = -warmUp; n < count; n++)
        {
            var begun = Stopwatch.GetTimestamp();
            await core(Math.Abs(n));
            var between = Stopwatch.GetTimestamp();
            await hand(Math.Abs(n));
            if (n >= 0)
            {
                ours.Add(Stopwatch.GetElapsedTime(begun, between).TotalMilliseconds);
                theirs.Add(Stopwatch.GetElapsedTime(between).TotalMilliseconds);
            }
        }

        return (ours, theirs);
    }

    private static IEnumerable<Figure> Compare(string what, Samples core, Samples hand) =>
        from percent in Percentiles
        select new Figure($"{what}, p{percent}", core.Percentile(percent), "ms", hand.Percentile(percent), "the same SQL by hand");

    private static EntityTable Table(string appId) => new(appId, ManifestReader.Read(DealsManifest(appId).ToJsonString()).Manifest!.Find("deals")!); // it is ours, and valid

    private static JsonObject DealsManifest(string appId) => new()
    {
        ["appId"] = appId,
        ["dataContract"] = new JsonArray(EntityOf("deals")),
    };

    private static JsonObject LargeManifest(string appId, int entities) => new()
    {
        ["appId"] = appId,
        ["dataContract"] = new JsonArray([.. Enumerable.Range(0, entities).Select(n =>
        {
            var entity = EntityOf($"entity{n}");
            entity["fields"]!.AsArray().Add(JsonNode.Parse($$$"""{"name":"next","type":"entity_link","references":{"entity":"entity{{{(n + 1) % entities}}}"}}"""));
            return (JsonNode)entity;
        })]),
    };

    private static JsonObject EntityOf(string name) => new()
    {
        ["entityName"] = name,
        ["fields"] = JsonNode.Parse("""
            [{"name":"title","type":"text","required":true},{"name":"stage","type":"text","enum_values":["lead","won","lost"],"default_value":"lead"},
             {"name":"amount","type":"number"},{"name":"closed","type":"date"},{"name":"tags","type":"[text]"},{"name":"extra","type":"json"}]
            """),
    };
}
