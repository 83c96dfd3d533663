namespace RootCx.Core.Doorbells;

/// <summary>Waiting for something that a doorbell announces.</summary>
public static class DoorbellWaiting
{
    // For rings that got lost.
    private static readonly TimeSpan LookAnyway = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Asks <paramref name="happened"/> now, at every ring of <paramref name="topic"/> for <paramref name="payload"/>, and now and then without one.
    /// </summary>
    /// <returns>False if it had not happened when <paramref name="patience"/> ended.</returns>
    public static async Task<bool> WaitForAsync(
        this DoorbellListener listener,
        string topic,
        string payload,
        Func<Task<bool>> happened,
        TimeSpan patience,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var rung = new SemaphoreSlim(0); // not disposed: a ring may be under way when the subscription ends
        using var subscription = listener.Subscribe(topic, heard =>
        {
            if (heard.Length == 0 || heard == payload)
            {
                rung.Release();
            }
        });
        var begun = time.GetTimestamp();
        while (!await happened())
        {
            if (time.GetElapsedTime(begun) >= patience)
            {
                return false;
            }

            await rung.WaitAsync(LookAnyway, cancellationToken);
        }

        return true;
    }
}
