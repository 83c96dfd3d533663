using RootCx.Core.Database;
using RootCx.Core.Doorbells;

namespace RootCx.Core.Frontends;

/// <summary>
/// Which bundle is live for which app, remembered by this process so that a request costs no query. An entry is dropped when the app's doorbell rings, and after two seconds
/// in any case. That there is none is remembered as well: anybody may ask for anything.
/// </summary>
public sealed class LiveFrontends : IDisposable
{
    private const int Most = 10_000;
    private const string None = "";

    private static readonly TimeSpan Age = TimeSpan.FromSeconds(2);

    private readonly RowCache<string, string> _bundles;
    private readonly IDisposable _bell;

    /// <summary>Listens for changes from now on.</summary>
    public LiveFrontends(FrontendStore store, DoorbellListener listener, TimeProvider time)
    {
        _bundles = new RowCache<string, string>(() => Age, Most, time, async (appId, cancellationToken) => await store.FindLiveAsync(appId, cancellationToken) ?? None);
        _bell = listener.Subscribe(Topics.Deployments, Forget);
    }

    /// <summary>The bundle of the app's live version; null if there is no such app, or it has no front end.</summary>
    public async ValueTask<string?> FindAsync(string appId, CancellationToken cancellationToken) =>
        await _bundles.FindAsync(appId, cancellationToken) is { Length: > 0 } bundle ? bundle : null;

    /// <summary>Forgets what is known of an app; of all for an empty id.</summary>
    public void Forget(string appId)
    {
        if (appId.Length == 0)
        {
            _bundles.Clear(); // rings may have been missed
        }
        else
        {
            _bundles.Forget(appId);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _bell.Dispose();
}
