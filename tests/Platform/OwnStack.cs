using RootCx.Core.Processes;
using RootCx.Local.Launcher;

namespace RootCx.Tests.Platform;

/// <summary>
/// A platform apart from the one that all tests share, for what everybody on it would feel: parts that are killed, secrets that restart all workers. Its tests run one at a time and
/// leave it as it was, but for apps that do nothing.
/// </summary>
public sealed class OwnStack : IAsyncLifetime
{
    // A fifth death of a part within a minute its launcher takes for hopeless.
    private const int MostEnded = 4;

    // The minute, and what a part may take to end.
    private static readonly TimeSpan Counted = TimeSpan.FromSeconds(75);

    private readonly Dictionary<string, Queue<long>> _ended = [];
    private LaunchedStack? _stack;

    /// <summary>The stack.</summary>
    public LaunchedStack Stack => _stack!; // set before any test runs

    /// <summary>Its administrator, signed in.</summary>
    public ApiClient Admin { get; private set; } = null!; // set before any test runs

    /// <summary>Somebody without a token.</summary>
    public ApiClient Anonymous => Admin.With(null);

    public async ValueTask InitializeAsync()
    {
        _stack = await LaunchedStack.StartAsync(null, TestContext.Current.CancellationToken);
        var description = _stack.Description;
        Admin = await new ApiClient(new Uri(description.ApiUrl), token: null).SignedInAsync(description.AdminEmail, description.AdminPassword);
    }

    /// <summary>The process that a part is at the moment, once there is one.</summary>
    public async Task<int> PidOfAsync(string part)
    {
        var pid = 0;
        await Eventually.TrueAsync(
            () => ProcessSignals.Send(pid = Stack.ReadDescription().Children.Single(child => child.Name == part).Pid, UnixSignal.None), $"{part} does not run");
        return pid;
    }

    /// <summary>Waits until a part may be ended and will be started again. For the beginning of tests that do so, once.</summary>
    public async Task RestAsync(string part)
    {
        if (_ended.GetValueOrDefault(part) is { Count: MostEnded } ended && Counted - TimeProvider.System.GetElapsedTime(ended.Dequeue()) is { Ticks: > 0 } left)
        {
            await Task.Delay(left, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Ends a part; see <see cref="RestAsync"/>.</summary>
    public async Task EndAsync(string part, UnixSignal signal)
    {
        Assert.True(ProcessSignals.Send(await PidOfAsync(part), signal), $"{part} did not run");
        if (!_ended.TryGetValue(part, out var ended))
        {
            _ended[part] = ended = new Queue<long>();
        }

        ended.Enqueue(TimeProvider.System.GetTimestamp());
    }

    public ValueTask DisposeAsync() => _stack?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>Tests that share an <see cref="OwnStack"/>, one at a time.</summary>
[CollectionDefinition(Name)]
public sealed class OwnStackCollection : ICollectionFixture<OwnStack>
{
    /// <summary>The collection.</summary>
    public const string Name = "A platform apart";
}
