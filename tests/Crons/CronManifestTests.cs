using Dapper;
using Npgsql;
using RootCx.Core.Auth;
using RootCx.Core.Crons;
using RootCx.Core.Errors;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Crons;

/// <summary>Crons that come with an app's manifest.</summary>
public sealed class CronManifestTests(PlatformStack stack)
{
    [Fact]
    public async Task The_manifests_crons_follow_it_and_others_are_left_alone()
    {
        await using var empty = await EmptyPlatform.CreateAsync(stack);
        var installer = (await empty.Accounts.RegisterAsync("a@example.com", "s3cret!", null, new ClientOrigin("127.0.0.1", null), TestContext.Current.CancellationToken)).Id;
        var other = (await empty.Accounts.RegisterAsync("b@example.com", "s3cret!", null, new ClientOrigin("127.0.0.1", null), TestContext.Current.CancellationToken)).Id;
        await using var connection = await empty.Get<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync("insert into apps (id) values ('app')");
        var store = empty.Get<CronStore>();
        await store.CreateAsync("app", new NewCron("by-hand", "@daily", null, "{}", OverlapPolicies.Skip), other, TestContext.Current.CancellationToken);

        await SyncAsync(
            installer,
            new ManifestCron("report", "0 8 * * 1-5", "Europe/Berlin", """{"to":"x"}""", "sendReport", OverlapPolicies.Queue),
            new ManifestCron("sweep", "30 seconds"));
        var (report, sweep) = (await FindAsync("report"), await FindAsync("sweep"));
        Assert.Equal(
            ("0 8 * * 1-5", "Europe/Berlin", """{"to":"x","method":"sendReport"}""", "queue", true, (Guid?)installer),
            (report!.Schedule, report.Timezone, report.Payload.Text, report.OverlapPolicy, report.Enabled, report.CreatedBy));
        Assert.Equal(("30 seconds", null, "{}", "skip"), (sweep!.Schedule, sweep.Timezone, sweep.Payload.Text, sweep.OverlapPolicy));
        Assert.Equal(4, await PlannedAsync(sweep.Id));

        // Somebody pauses one; another installer changes one and leaves one out.
        await store.ChangeAsync("app", report.Id, new CronChange(Enabled: false), TestContext.Current.CancellationToken);
        await SyncAsync(other, new ManifestCron("report", "0 9 * * 1-5", Method: "sendReport"));
        var changed = await FindAsync("report");
        Assert.Equal(
            (report.Id, "0 9 * * 1-5", null, """{"method":"sendReport"}""", "skip", false, (Guid?)installer),
            (changed!.Id, changed.Schedule, changed.Timezone, changed.Payload.Text, changed.OverlapPolicy, changed.Enabled, changed.CreatedBy));
        Assert.Null(await FindAsync("sweep"));
        Assert.Equal(0, await PlannedAsync(sweep.Id));
        Assert.NotNull(await FindAsync("by-hand"));

        // The same manifest again changes nothing.
        await SyncAsync(other, new ManifestCron("report", "0 9 * * 1-5", Method: "sendReport"));
        Assert.Equal(changed.UpdatedAt, (await FindAsync("report"))!.UpdatedAt);

        var taken = await Assert.ThrowsAsync<RefusedException>(() => SyncAsync(installer, new ManifestCron("by-hand", "@hourly")));
        Assert.Equal("cron error: app 'app' already has a cron named 'by-hand'", taken.Message);
        var twice = await Assert.ThrowsAsync<RefusedException>(() => SyncAsync(installer, new ManifestCron("one", "@hourly"), new ManifestCron("one", "@daily")));
        Assert.Equal("cron error: the manifest lists 'one' twice", twice.Message);
        Assert.NotNull(await FindAsync("report")); // nothing of a manifest that was refused

        await SyncAsync(installer);
        Assert.Null(await FindAsync("report"));
        Assert.NotNull(await FindAsync("by-hand"));

        async Task SyncAsync(Guid by, params ManifestCron[] crons)
        {
            await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await empty.Get<CronManifest>().SyncAsync(connection, "app", crons, by, TestContext.Current.CancellationToken);
            await transaction.CommitAsync(TestContext.Current.CancellationToken);
        }

        async Task<Cron?> FindAsync(string name) =>
            (await empty.Get<CronReader>().ListAsync("app", new CronRange(null, true), TestContext.Current.CancellationToken)).SingleOrDefault(cron => cron.Name == name);

        async Task<long> PlannedAsync(Guid id) => await connection.ExecuteScalarAsync<long>("select count(*) from jobs where cron_id = @id", new { id });
    }
}
