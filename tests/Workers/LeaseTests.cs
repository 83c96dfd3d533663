using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using RootCx.Core.Doorbells;
using RootCx.Core.Workers;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Workers;

public sealed class LeaseTests(PlatformStack stack)
{
    [Fact]
    public async Task An_app_that_is_held_is_not_taken_and_a_report_under_an_old_fence_changes_nothing()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var empty = await EmptyPlatform.CreateAsync(stack); // on the shared one a real supervisor would take the app
        await using var database = NpgsqlDataSource.Create($"{empty.ConnectionString};Search Path=rootcx_system");
        await using var doorbell = new Doorbell(database, TimeProvider.System, NullLogger<Doorbell>.Instance);
        var leases = new WorkerLeases(database, doorbell);
        await using (var add = database.CreateCommand("insert into workers (app_id) values ('crm'); insert into apps (id) values ('crm')"))
        {
            await add.ExecuteNonQueryAsync(cancellationToken);
        }

        await leases.RegisterAsync("one", capacity: 10, cancellationToken);
        await leases.RegisterAsync("two", capacity: 10, cancellationToken);
        var one = await leases.RenewAsync("one", isSteady: true, isDraining: false, cancellationToken);
        Assert.Equal(["crm"], one.Keys);
        Assert.Empty(await leases.RenewAsync("two", isSteady: true, isDraining: false, cancellationToken));
        Assert.Equal(one, await leases.RenewAsync("one", isSteady: true, isDraining: false, cancellationToken));

        await leases.ReleaseAllAsync("one", cancellationToken);
        var two = await leases.RenewAsync("two", isSteady: true, isDraining: false, cancellationToken);
        Assert.True(two["crm"].Fence > one["crm"].Fence);
        Assert.False(two["crm"].IsSuspect);

        Assert.True(await leases.ReportAsync("crm", two["crm"].Fence, new WorkerReport(WorkerStatus.Running, 1, null, []), cancellationToken));
        Assert.False(await leases.ReportAsync("crm", one["crm"].Fence, new WorkerReport(WorkerStatus.Crashed, 2, "late", []), cancellationToken));
        var state = await new WorkerStore(database, doorbell).FindAsync("crm", cancellationToken);
        Assert.Equal((WorkerStatus.Running, "two", 1L), (state!.Status, state.SupervisorId, state.ObservedCommand));

        // A lease that ran out is still its holder's as long as nobody else took it.
        await using (var late = database.CreateCommand("update workers set lease_until = now() - interval '1 minute'"))
        {
            await late.ExecuteNonQueryAsync(cancellationToken);
        }

        Assert.Equal(two, await leases.RenewAsync("two", isSteady: true, isDraining: false, cancellationToken));

        // Its supervisor died and came back.
        await leases.RegisterAsync("two", capacity: 10, cancellationToken);
        Assert.Equal(new WorkerLease(two["crm"].Fence + 1, IsSuspect: true), (await leases.RenewAsync("two", isSteady: true, isDraining: false, cancellationToken))["crm"]);
    }
}
