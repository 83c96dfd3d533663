using Npgsql;
using NpgsqlTypes;

namespace RootCx.Bench.Data;

/// <summary>The same rows by SQL as one would write it by hand.</summary>
internal sealed class HandRows(NpgsqlDataSource database, string appId)
{
    private readonly string _table = $"\"{appId}\".deals";

    public async Task FindAsync(Guid id)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand($"select row_to_json(t)::text from {_table} t where id = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        _ = reader.GetFieldValue<byte[]>(0);
    }

    public async Task CreateAsync()
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(
            $"insert into {_table} as t (title, stage, amount, closed, tags, extra) values ($1, $2, $3, $4, $5, $6) returning row_to_json(t)::text", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = "A deal" });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = "lead" });
        command.Parameters.Add(new NpgsqlParameter<double> { TypedValue = 1200 });
        command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = new DateOnly(2026, 3, 15) });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = ["a", "b"] });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = """{"a":1}""", NpgsqlDbType = NpgsqlDbType.Jsonb });
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        _ = reader.GetFieldValue<byte[]>(0);
    }

    public async Task UpdateAsync(Guid id)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand($"update {_table} as t set amount = $1, updated_at = now() where id = $2 returning row_to_json(t)::text", connection);
        command.Parameters.Add(new NpgsqlParameter<double> { TypedValue = 7 });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        _ = reader.GetFieldValue<byte[]>(0);
    }

    public async Task CreateManyAsync(int count)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(
            $"""
            insert into {_table} as t (title, stage, amount, closed, tags, extra)
            select title, stage, amount, closed, '{"{a,b}"}', extra from unnest($1, $2, $3, $4, $5) as v (title, stage, amount, closed, extra)
            returning row_to_json(t)::text
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = Many("A deal") });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = Many("lead") });
        command.Parameters.Add(new NpgsqlParameter<double[]> { TypedValue = Many(1200d) });
        command.Parameters.Add(new NpgsqlParameter<DateOnly[]> { TypedValue = Many(new DateOnly(2026, 3, 15)) });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = Many("""{"a":1}"""), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            _ = reader.GetFieldValue<byte[]>(0);
        }

        T[] Many<T>(T value) => [.. Enumerable.Repeat(value, count)];
    }

    public async Task ListAsync()
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand($"select row_to_json(t)::text from {_table} t order by created_at desc, id desc", connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            _ = reader.GetFieldValue<byte[]>(0);
        }
    }

    /// <summary>Makes rows; returns their ids.</summary>
    public async Task<List<Guid>> FillAsync(int count)
    {
        await using var command = database.CreateCommand(
            $"insert into {_table} (title, amount, tags, extra) select 'Deal ' || n, n, '{"{a,b}"}', '{"{\"a\": 1}"}' from generate_series(1, {count}) n returning id");
        var ids = new List<Guid>(count);
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                ids.Add(reader.GetGuid(0));
            }
        }

        await using var analyze = database.CreateCommand($"analyze {_table}");
        await analyze.ExecuteNonQueryAsync();
        return ids;
    }

    public async Task TruncateAsync()
    {
        await using var command = database.CreateCommand($"truncate {_table}");
        await command.ExecuteNonQueryAsync();
    }
}
