using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using RootCx.Core.Storage;

namespace RootCx.Tests.Storage;

/// <summary>Which account the settings name.</summary>
public sealed class StorageAccountTests
{
    [Fact]
    public void By_connection_string() => AssertAddresses(
        new("http://127.0.0.1:10000/devstoreaccount1"), new("http://127.0.0.1:10001/devstoreaccount1"), ("ConnectionStrings:Storage", "UseDevelopmentStorage=true"));

    [Fact]
    public void By_addresses_and_an_identity() => AssertAddresses(
        new("https://one.blob.core.example/"),
        new("https://one.queue.core.example/"),
        ("ConnectionStrings:Storage:blobServiceUri", "https://one.blob.core.example"),
        ("ConnectionStrings:Storage:queueServiceUri", "https://one.queue.core.example"),
        ("ConnectionStrings:Storage:clientId", "00000000-0000-0000-0000-000000000001"));

    [Fact]
    public void By_the_accounts_name() => AssertAddresses(
        new("https://one.blob.core.windows.net/"), new("https://one.queue.core.windows.net/"), ("ConnectionStrings:Storage:accountName", "one"));

    [Fact]
    public void As_the_functions_host_has_it_where_nothing_else_is_said() => AssertAddresses(
        new("https://one.blob.core.windows.net/"),
        new("https://one.queue.core.windows.net/"),
        ("AzureWebJobsStorage:accountName", "one"),
        ("AzureWebJobsStorage:credential", "managedidentity"));

    [Fact]
    public void Our_own_before_the_functions_hosts() => AssertAddresses(
        new("https://ours.blob.core.windows.net/"),
        new("https://ours.queue.core.windows.net/"),
        ("ConnectionStrings:Storage:accountName", "ours"),
        ("AzureWebJobsStorage:accountName", "theirs"));

    [Theory]
    [InlineData("", "", "ConnectionStrings__Storage__blobServiceUri")]
    [InlineData("ConnectionStrings:Storage:blobServiceUri", "https://one.blob.core.windows.net", "belong together")]
    [InlineData("ConnectionStrings:Storage:blobServiceUri", "http://one.blob.core.windows.net", "must be an https address")]
    [InlineData("AzureWebJobsStorage:queueServiceUri", "one", "AzureWebJobsStorage__queueServiceUri must be an https address")]
    public void Anything_else_is_refused_with_what_is_wrong(string name, string value, string said)
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => Services((name, value)));
        Assert.Contains(said, refusal.Message, StringComparison.Ordinal);
    }

    private static void AssertAddresses(Uri blobs, Uri queues, params (string Name, string Value)[] settings)
    {
        using var services = Services(settings);
        Assert.Equal(blobs, services.GetRequiredService<BlobServiceClient>().Uri);
        Assert.Equal(queues, services.GetRequiredService<QueueServiceClient>().Uri);
    }

    private static ServiceProvider Services(params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(settings.Where(one => one.Name.Length > 0).ToDictionary(one => one.Name, string? (one) => one.Value));
        return new ServiceCollection().AddStorage(configuration).BuildServiceProvider();
    }
}
