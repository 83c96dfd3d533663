
namespace RootCx.Tests.Schemas;

/// <summary>Whatever was installed before, an install makes the database what the manifest says.</summary>
public sealed class RandomSchemaTests(SchemaDatabase database) : IClassFixture<SchemaDatabase>
{
    private const int Manifests = 12;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task One_manifest_after_the_other_leaves_nothing_to_do(int seed)
    {
        var random = new RandomManifest(seed);
        var app = database.NewApp();
        for (var number = 1; number <= Manifests; number++)
        {
            var manifest = random.Next();
            try
            {
                var told = await app.CompareAsync(manifest);
                Assert.Equal(told, await app.ApplyAsync(manifest));
                Assert.DoesNotContain(await app.CompareAsync(manifest), change => change.ChangeType != "drop_table");

                // Coming from nothing, it is the same.
                var fresh = database.NewApp();
                await fresh.ApplyAsync(manifest);
                Assert.Empty(await fresh.CompareAsync(manifest));
                await AssertAlikeAsync(app, fresh, [.. manifest.Select(entity => entity.Name)]);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Seed {seed}, manifest {number}: {exception.Message}", exception);
            }
        }
    }

    // All that matters of tables: names of keys and generated indexes may differ, and the order of columns.
    private static async Task AssertAlikeAsync(AppSchema one, AppSchema other, string[] tables)
    {
        foreach (var table in tables)
        {
            Assert.Equal(await DescribeAsync(other, table), await DescribeAsync(one, table));
        }
    }

    private static Task<string?> DescribeAsync(AppSchema app, string table) => app.ReadAsync<string>(
        $"""
        select string_agg(line, E'\n' order by line collate "C") from (
          select concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)) as line
          from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
          where attrelid = '"{app.Id}"."{table}"'::regclass and attnum > 0 and not attisdropped
          union all
          select contype::text || ' ' || replace(pg_get_constraintdef(oid), '{app.Id}.', '') from pg_constraint where conrelid = '"{app.Id}"."{table}"'::regclass and contype <> 'n'
          union all
          select replace(split_part(indexdef, ' USING ', 1), indexname, '') || split_part(indexdef, ' USING ', 2) from pg_indexes where schemaname = '{app.Id}' and tablename = '{table}') as lines
        """).ContinueWith(text => text.Result?.Replace(app.Id, "app", StringComparison.Ordinal), TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default);
}
