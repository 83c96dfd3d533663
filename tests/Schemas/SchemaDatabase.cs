using RootCx.Tests.Platform;

namespace RootCx.Tests.Schemas;

/// <summary>A database that the tests of a class share; each has an app of its own in it.</summary>
public sealed class SchemaDatabase(PlatformStack stack) : IAsyncLifetime
{
    private EmptyPlatform? _platform;

    /// <summary>The platform on it.</summary>
    internal EmptyPlatform Platform => _platform!; // set before any test runs

    /// <summary>A platform on another database, with settings.</summary>
    internal Task<EmptyPlatform> AnotherAsync(IReadOnlyDictionary<string, string?> settings) => EmptyPlatform.CreateAsync(stack, settings);

    /// <summary>An app that nothing was installed of.</summary>
    internal AppSchema NewApp(string? appId = null) => new(Platform, appId ?? App.NewId());

    public async ValueTask InitializeAsync() => _platform = await EmptyPlatform.CreateAsync(stack);

    public ValueTask DisposeAsync() => _platform?.DisposeAsync() ?? ValueTask.CompletedTask;
}
