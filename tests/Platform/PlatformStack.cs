using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text.Json.Nodes;
using RootCx.Local.Launcher;
using RootCx.Tests.Platform;

[assembly: AssemblyFixture(typeof(PlatformStack))]

namespace RootCx.Tests.Platform;

/// <summary>
/// The platform that the tests speak to: by default one of its own, started with the launcher (real Postgres, Azurite, Bun, both hosts);
/// with ROOTCX_TEST_URL (and ROOTCX_TEST_EMAIL, ROOTCX_TEST_PASSWORD of an administrator) one that runs already.
/// </summary>
public sealed class PlatformStack : IAsyncLifetime
{
    /// <summary>What a worker of an own stack may use; small, so that a test can go over it.</summary>
    public const long MemoryBytes = 400L * 1024 * 1024;

    private LaunchedStack? _own;

    /// <summary>Base address of the API.</summary>
    public Uri ApiUrl
    {
        get => There(field);
        private set;
    }

    /// <summary>The parts behind the API, for tests that look there; such a test is skipped on a stack that is only known by its API.</summary>
    public LaunchedStack Own
    {
        get
        {
            Assert.SkipWhen(_own is null, "looks behind the API, and the stack given by ROOTCX_TEST_URL is only known by that");
            return _own!; // a skip does not return
        }
    }

    /// <summary>The administrator, signed in.</summary>
    public ApiClient Admin
    {
        get => There(field);
        private set;
    }

    /// <summary>Somebody without any role, signed in.</summary>
    public ApiClient User
    {
        get => There(field);
        private set;
    }

    public async ValueTask InitializeAsync()
    {
        string email, password;
        if (Environment.GetEnvironmentVariable("ROOTCX_TEST_URL") is { Length: > 0 } url)
        {
            ApiUrl = new Uri(url);
            email = Required("ROOTCX_TEST_EMAIL");
            password = Required("ROOTCX_TEST_PASSWORD");
        }
        else if (OperatingSystem.IsWindows())
        {
            return; // the launcher is for Unix
        }
        else
        {
            _own = await LaunchedStack.StartAsync(
                new Dictionary<string, string> { ["Workers__MemoryBytes"] = $"{MemoryBytes}", ["Workers__MemoryCheck"] = "00:00:00.2", ["Workers__RawGrace"] = "00:00:01" }, CancellationToken.None);
            ApiUrl = new Uri(_own.Description.ApiUrl);
            (email, password) = (_own.Description.AdminEmail, _own.Description.AdminPassword);
        }

        Admin = await Anonymous().SignedInAsync(email, password);
        User = await Anonymous().RegisteredAsync();
    }

    /// <summary>A client that has no token.</summary>
    public ApiClient Anonymous() => new(ApiUrl, token: null);

    /// <summary>Lets a user do one thing more, by a role of its own.</summary>
    public async Task GrantAsync(ApiClient user, string permission)
    {
        var role = App.NewId();
        using var made = await Admin.PostAsync("/api/v1/roles", new JsonObject { ["name"] = role, ["permissions"] = new JsonArray(permission) });
        Assert.Equal(HttpStatusCode.OK, made.StatusCode);
        using var assigned = await Admin.PostAsync("/api/v1/roles/assign", new JsonObject { ["userId"] = user.User!["id"]!.GetValue<string>(), ["role"] = role }); // signed in
        Assert.Equal(HttpStatusCode.OK, assigned.StatusCode);
    }

    public ValueTask DisposeAsync() => _own?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static T There<T>([NotNull] T? part)
        where T : class
    {
        Assert.SkipWhen(part is null, "needs a platform, which can't be started on this system; ROOTCX_TEST_URL names one");
        return part!; // a skip does not return
    }

    private static string Required(string variable) => Environment.GetEnvironmentVariable(variable)
        ?? throw new InvalidOperationException($"ROOTCX_TEST_URL needs {variable} beside it: the tests sign in as an administrator.");
}
