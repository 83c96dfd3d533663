using Azure;

namespace RootCx.Core.Storage;

/// <summary>How a storage account that can't be reached shows.</summary>
public static class StorageFaults
{
    /// <summary>Whether <paramref name="exception"/> is the storage's refusal, or what the client makes of several tries that failed.</summary>
    public static bool IsStorageFault(this Exception exception) =>
        exception is RequestFailedException or AggregateException { InnerException: RequestFailedException or TaskCanceledException };
}
