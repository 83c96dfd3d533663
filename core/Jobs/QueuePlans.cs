using Npgsql;

namespace RootCx.Core.Jobs;

/// <summary>
/// A queue is empty at one moment and full at the next, so statistics of it mislead: a plan made for an empty one compares every job of a full one with
/// every one that is asked for. These say, for the transaction that follows, which plans are out of the question.
/// </summary>
internal static class QueuePlans
{
    /// <summary>For a few jobs of each app, in the order of an index.</summary>
    public static NpgsqlBatchCommand ByIndex() => new(
        "select set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true)");

    /// <summary>For many jobs by their ids.</summary>
    public static NpgsqlBatchCommand ByHashing() => new("select set_config('enable_nestloop', 'off', true)");
}
