using Npgsql;
using RootCx.Local.Launcher;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Auth;

/// <summary>A platform that accepts the tokens of a few issuers.</summary>
public sealed class ExternalIssuerStack : IAsyncLifetime
{
    private LaunchedStack _own = null!; // as all of these, set before any test runs

    /// <summary>Called <c>main</c>: maps <c>tools_admin</c> to the administrator's role, <c>tools_reader</c> to one that is there, and <c>tools_ghost</c> to none.</summary>
    public TestIssuer Main { get; private set; } = null!;

    /// <summary>Called <c>rolling</c>: for changing its keys.</summary>
    public TestIssuer Rolling { get; private set; } = null!;

    /// <summary>Called <c>late</c>: down at first.</summary>
    public TestIssuer Late { get; private set; } = null!;

    /// <summary>Called <c>strict</c>: has claims of other names, and requires a role.</summary>
    public TestIssuer Strict { get; private set; } = null!;

    /// <summary>Called <c>lying</c>: says that it is <see cref="Main"/>.</summary>
    public TestIssuer Lying { get; private set; } = null!;

    /// <summary>The platform's own administrator.</summary>
    public ApiClient Admin { get; private set; } = null!;

    /// <summary>The platform's tables.</summary>
    public NpgsqlDataSource Database { get; private set; } = null!;

    /// <summary>The folder with the platform's secrets.</summary>
    public string DataFolder => _own.DataFolder;

    /// <summary>A client with this token.</summary>
    public ApiClient With(string? token) => Admin.With(token);

    public async ValueTask InitializeAsync()
    {
        (Main, Rolling, Late, Strict, Lying) =
            (await TestIssuer.StartAsync(), await TestIssuer.StartAsync(), await TestIssuer.StartAsync(), await TestIssuer.StartAsync(), await TestIssuer.StartAsync());
        Late.IsDown = true;
        Lying.NamedIssuer = Main.Authority;
        var settings = new Dictionary<string, string>();
        foreach (var (index, (name, issuer)) in new[] { ("main", Main), ("rolling", Rolling), ("late", Late), ("strict", Strict), ("lying", Lying) }.Index())
        {
            settings[$"Auth__Issuers__{index}__Name"] = name;
            settings[$"Auth__Issuers__{index}__Authority"] = issuer.Authority;
            settings[$"Auth__Issuers__{index}__Audiences__0"] = TestIssuer.Audience;
            settings[$"Auth__Issuers__{index}__Audiences__1"] = $"{TestIssuer.Audience}/too";
            settings[$"Auth__Issuers__{index}__RequireHttpsMetadata"] = "false";
        }

        settings["Auth__Issuers__0__Roles__tools_admin"] = "admin";
        settings["Auth__Issuers__0__Roles__tools_reader"] = "reader";
        settings["Auth__Issuers__0__Roles__tools_ghost"] = "ghost";
        settings["Auth__Issuers__3__SubjectClaim"] = "oid";
        settings["Auth__Issuers__3__EmailClaim"] = "preferred_username";
        settings["Auth__Issuers__3__NameClaim"] = "nickname";
        settings["Auth__Issuers__3__RolesClaim"] = "groups";
        settings["Auth__Issuers__3__Roles__staff"] = "reader";
        settings["Auth__Issuers__3__RequireRole"] = "true";

        _own = await LaunchedStack.StartAsync(settings, CancellationToken.None);
        Admin = await new ApiClient(new Uri(_own.Description.ApiUrl), token: null).SignedInAsync(_own.Description.AdminEmail, _own.Description.AdminPassword);
        Database = NpgsqlDataSource.Create($"{_own.Description.Postgres};Search Path=rootcx_system");
        await using var role = Database.CreateCommand("insert into rbac_roles (name, permissions) values ('reader', array['app:*']), ('by_hand', array['app:*'])");
        await role.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await _own.DisposeAsync();
        foreach (var issuer in new[] { Main, Rolling, Late, Strict, Lying })
        {
            await issuer.DisposeAsync();
        }
    }
}
