using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace RootCx.Core.Storage;

/// <summary>Adds the clients for blobs and queues.</summary>
public static class StorageRegistration
{
    /// <summary>The account's name in configuration (<c>ConnectionStrings__Storage</c>, else <c>AzureWebJobsStorage</c>).</summary>
    public const string ConnectionName = "Storage";

    /// <summary>Registers one client of each kind for the process. Queue messages are Base64, as the Functions runtime's own are.</summary>
    /// <exception cref="InvalidOperationException">The settings name no account.</exception>
    public static IServiceCollection AddStorage(this IServiceCollection services, IConfiguration configuration)
    {
        var account = StorageAccount.From(configuration);
        return services
            .AddSingleton(account.Blobs(Hurried(new BlobClientOptions())))
            .AddSingleton(account.Queues(Hurried(new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 })));
    }

    // Whoever waits for a call or a deploy can't wait for long, so trying again has to be quick or not at all.
    private static T Hurried<T>(T options)
        where T : ClientOptions
    {
        options.Retry.MaxRetries = 2;
        options.Retry.Delay = TimeSpan.FromMilliseconds(200);
        options.Retry.MaxDelay = TimeSpan.FromSeconds(1);
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(10);
        return options;
    }
}
