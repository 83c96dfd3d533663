using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using RootCx.Core.Database;
using RootCx.Core.Health;

namespace RootCx.Tests.Telemetry;

public sealed class HealthCheckTests
{
    [Fact]
    public async Task What_does_not_answer_is_unavailable()
    {
        const string Nowhere = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;BlobEndpoint=http://127.0.0.1:1/a;QueueEndpoint=http://127.0.0.1:1/a;";
        await using var services = new ServiceCollection()
            .AddSingleton(NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Username=nobody"))
            .AddSingleton<DatabaseHealth>()
            .AddSingleton(new BlobServiceClient(Nowhere))
            .AddSingleton(new QueueServiceClient(Nowhere))
            .AddDependencyChecks()
            .Services.BuildServiceProvider();

        var body = ReadinessBody.Of(await services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken));
        Assert.Equal("unavailable", body.Status);
        Assert.Equal(["postgres", "storage"], body.Checks.Keys);
        Assert.All(body.Checks.Values, check => Assert.Equal("unavailable", check.Status));
    }
}
