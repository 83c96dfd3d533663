using System.Net;
using Azure;

namespace RootCx.Core.Storage;

/// <summary>How a storage account that can't be reached shows.</summary>
public static class StorageFaults
{
    /// <summary>Whether <paramref name="exception"/> is the storage's refusal, or what the client makes of several tries that failed.</summary>
    public static bool IsStorageFault(this Exception exception) =>
        exception is RequestFailedException or AggregateException { InnerException: RequestFailedException or TaskCanceledException };

    /// <summary>Whether it is one that passes: no answer, or one that says to come back later.</summary>
    public static bool IsPassingStorageFault(this Exception exception) => exception switch
    {
        RequestFailedException { Status: 0 or (int)HttpStatusCode.RequestTimeout or (int)HttpStatusCode.TooManyRequests or >= (int)HttpStatusCode.InternalServerError } => true,
        AggregateException tries when tries.IsStorageFault() => tries.InnerExceptions.All(one => one is TaskCanceledException || one.IsPassingStorageFault()),
        _ => false,
    };
}
