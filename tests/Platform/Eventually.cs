namespace RootCx.Tests.Platform;

/// <summary>Waits for conditions that nothing announces.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until it is so.</summary>
    public static Task TrueAsync(Func<bool> condition, string otherwise) => TrueAsync(() => Task.FromResult(condition()), otherwise);

    /// <summary>Waits until it is so.</summary>
    /// <param name="condition">What is waited for.</param>
    /// <param name="otherwise">What is wrong if it never comes.</param>
    /// <param name="patience">How long at most; 30 s unless something that comes by the clock is waited for.</param>
    public static Task TrueAsync(Func<Task<bool>> condition, string otherwise, TimeSpan? patience = null) => TrueAsync(condition, () => otherwise, patience);

    /// <summary>Waits until it is so.</summary>
    /// <param name="condition">What is waited for.</param>
    /// <param name="otherwise">What is wrong if it never comes.</param>
    /// <param name="patience">How long at most; 30 s unless something that comes by the clock is waited for.</param>
    public static async Task TrueAsync(Func<Task<bool>> condition, Func<string> otherwise, TimeSpan? patience = null)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(begun) >= (patience ?? Patience))
            {
                Assert.Fail(otherwise());
            }

            await Task.Delay(Look, TestContext.Current.CancellationToken);
        }
    }
}
