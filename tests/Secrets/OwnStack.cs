using RootCx.Local.Launcher;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Secrets;

/// <summary>A platform apart from the one that all tests share: a secret of the platform restarts all workers that there are.</summary>
public sealed class OwnStack : IAsyncLifetime
{
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

    public ValueTask DisposeAsync() => _stack?.DisposeAsync() ?? ValueTask.CompletedTask;
}
