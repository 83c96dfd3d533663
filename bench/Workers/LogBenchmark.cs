using System.Globalization;
using System.Text.Json.Nodes;
using Npgsql;
using RootCx.Local.Launcher;

namespace RootCx.Bench.Workers;

/// <summary>
/// From a line printed by a worker to its arrival at a client of the log stream, beside what it needs of Postgres at least: insert a row with a
/// notification, hear it on another connection, read the row.
/// </summary>
internal sealed class LogBenchmark : Benchmark
{
    private const int Lines = 200;

    public override string Name => "logs";

    public override async Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        await using var stack = await LaunchedStack.StartAsync(settings: null, cancellationToken);
        using var app = await BenchApp.CreateAsync(stack, cancellationToken);
        await app.DeployAsync("serve({ say: () => { log.info(`at ${performance.timeOrigin + performance.now()}`); } });");
        using var stream = await app.LogsAsync(cancellationToken);

        var seen = new Samples();
        for (var i = 0; i < Lines; i++)
        {
            await app.CallAsync("say");
            var printed = await NextAsync(stream, cancellationToken);
            seen.Add((TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMilliseconds - printed);
        }

        await using var bare = await BareNotification.CreateAsync(stack.Description.Postgres, cancellationToken);
        var least = await Samples.MeasureAsync(20, Lines, bare.PassAsync);
        return
        [
            new Figure("line printed → seen by a client, p50", seen.Percentile(50), "ms", least.Percentile(50), "insert, notify, hear, read, p50"),
            new Figure("line printed → seen by a client, p99", seen.Percentile(99), "ms", least.Percentile(99), "insert, notify, hear, read, p99"),
        ];
    }

    private static async Task<double> NextAsync(StreamReader stream, CancellationToken cancellationToken)
    {
        while (await stream.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal)
                && JsonNode.Parse(line[6..])!["message"]!.GetValue<string>() is ['a', 't', ' ', .. var printed]) // every record has one
            {
                return double.Parse(printed, CultureInfo.InvariantCulture);
            }
        }

        throw new InvalidOperationException("The log stream ended.");
    }

    private sealed class BareNotification(NpgsqlDataSource database, NpgsqlConnection listening) : IAsyncDisposable
    {
        public static async Task<BareNotification> CreateAsync(string connectionString, CancellationToken cancellationToken)
        {
            var database = NpgsqlDataSource.Create(connectionString);
            var listening = await database.OpenConnectionAsync(cancellationToken);
            await using var setUp = new NpgsqlCommand("create table bench_lines (id bigint generated always as identity primary key, message text); listen bench", listening);
            await setUp.ExecuteNonQueryAsync(cancellationToken);
            return new BareNotification(database, listening);
        }

        public async Task PassAsync()
        {
            var heard = listening.WaitAsync();
            await using (var insert = database.CreateCommand("with line as (insert into bench_lines (message) values ('x') returning id) select pg_notify('bench', id::text) from line"))
            {
                await insert.ExecuteNonQueryAsync();
            }

            await heard;
            await using var read = database.CreateCommand("select message from bench_lines order by id desc limit 1");
            await read.ExecuteScalarAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await listening.DisposeAsync();
            await database.DisposeAsync();
        }
    }
}
