using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace RootCx.Core.Storage;

/// <summary>Whether blobs and queues answer.</summary>
public sealed class StorageHealth(BlobServiceClient blobs, QueueServiceClient queues) : IHealthCheck
{
    // Whether they are there does not matter; an account that may only use blobs and queues may ask this of them.
    private const string Any = "health";

    /// <inheritdoc />
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await Task.WhenAll(blobs.GetBlobContainerClient(Any).ExistsAsync(cancellationToken), queues.GetQueueClient(Any).ExistsAsync(cancellationToken));
            return HealthCheckResult.Healthy();
        }
        catch (Exception exception) when (exception.IsStorageFault())
        {
            return HealthCheckResult.Unhealthy(exception: exception);
        }
    }
}
