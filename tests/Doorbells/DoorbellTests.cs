using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using RootCx.Core.Doorbells;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Doorbells;

/// <summary>A ring that could not be sent is sent again.</summary>
public sealed class DoorbellTests(PlatformStack stack)
{
    [Fact]
    public async Task A_ring_is_heard_though_the_connection_that_it_was_to_go_over_is_gone()
    {
        var name = $"bell{Guid.NewGuid():n}"[..20];
        await using var heard = NpgsqlDataSource.Create(stack.Own.Description.Postgres);
        await using var ringing = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(stack.Own.Description.Postgres) { ApplicationName = name }.ConnectionString);
        await using var listener = new DoorbellListener(heard, TimeProvider.System, NullLogger<DoorbellListener>.Instance);
        await using var bell = new Doorbell(ringing, TimeProvider.System, NullLogger<Doorbell>.Instance);
        var heardLast = "";
        using var subscription = listener.Subscribe(name, payload => Volatile.Write(ref heardLast, payload));
        await Eventually.TrueAsync(
            () =>
            {
                bell.Ring(name, "before");
                return Volatile.Read(ref heardLast) == "before";
            },
            "nothing is heard");

        await using (var command = heard.CreateCommand("select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1"))
        {
            command.Parameters.AddWithValue(name);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        bell.Ring(name, "after");
        await Eventually.TrueAsync(() => Volatile.Read(ref heardLast) == "after", "the ring was lost");
    }
}
