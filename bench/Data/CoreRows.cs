using System.Text.Json;
using RootCx.Core.Audit;
using RootCx.Core.Collections;

namespace RootCx.Bench.Data;

/// <summary>Rows through the core.</summary>
internal sealed class CoreRows(RowReader reader, RowWriter writer, EntityTable table)
{
    /// <summary>What is written, as JSON.</summary>
    public const string Row = """{"title":"A deal","stage":"lead","amount":1200,"closed":"2026-03-15","tags":["a","b"],"extra":{"a":1}}""";

    private static readonly RowActor Actor = new(Guid.NewGuid(), RowActor.Api);

    public Task FindAsync(Guid id) => reader.FindAsync(table, id, CancellationToken.None);

    public async Task CreateAsync()
    {
        using var body = JsonDocument.Parse(Row);
        await writer.CreateAsync(table, body.RootElement, Actor, onConflict: null, CancellationToken.None);
    }

    public async Task UpdateAsync(Guid id)
    {
        using var body = JsonDocument.Parse("""{"amount":7}""");
        await writer.UpdateAsync(table, id, body.RootElement, Actor, RowVersion.Any, CancellationToken.None);
    }

    public async Task CreateManyAsync(int count)
    {
        using var body = JsonDocument.Parse($"[{string.Join(',', Enumerable.Repeat(Row, count))}]");
        await writer.CreateManyAsync(table, body.RootElement, Actor, onConflict: null, CancellationToken.None);
    }
}
