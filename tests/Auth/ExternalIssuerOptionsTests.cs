using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using RootCx.Core.Auth.External;

namespace RootCx.Tests.Auth;

public sealed class ExternalIssuerOptionsTests
{
    private static readonly Dictionary<string, string?> Entra = new()
    {
        ["Auth:Issuers:0:Name"] = "Entra ID",
        ["Auth:Issuers:0:Authority"] = "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0",
        ["Auth:Issuers:0:Audiences:0"] = "api://tools",
        ["Auth:Issuers:0:EmailClaim"] = "preferred_username",
        ["Auth:Issuers:0:Roles:platform_admin"] = "admin",
    };

    [Fact]
    public void The_settings_of_an_issuer_are_read()
    {
        var issuer = Assert.Single(Read(Entra).Issuers);
        Assert.Equal("Entra ID", issuer.Name);
        Assert.Equal(["api://tools"], issuer.Audiences);
        Assert.Equal(("sub", "preferred_username", "name", "roles"), (issuer.SubjectClaim, issuer.EmailClaim, issuer.NameClaim, issuer.RolesClaim));
        Assert.Equal("admin", issuer.Roles["platform_admin"]);
        Assert.False(issuer.Roles.ContainsKey("Platform_Admin"));
        Assert.Empty(Read([]).Issuers);
    }

    [Theory]
    [InlineData("Auth:Issuers:0:Name", "", "Auth:Issuers:0:Name is required")]
    [InlineData("Auth:Issuers:0:Authority", "", "Auth:Issuers:0:Authority is required")]
    [InlineData("Auth:Issuers:0:Authority", "rootcx", "Auth:Issuers:0:Authority is required")]
    [InlineData("Auth:Issuers:0:Authority", "http://issuer.example", "must begin with https://")]
    [InlineData("Auth:Issuers:0:Authority", "http://127.0.0.1:8080", "must begin with https://")]
    [InlineData("Auth:Issuers:0:RequireHttpsMetadata", "false", "is not on the loopback interface")]
    [InlineData("Auth:Issuers:0:Audiences:0", "", "Auth:Issuers:0:Audiences needs at least one value")]
    [InlineData("Auth:Issuers:0:SubjectClaim", " ", "Auth:Issuers:0:SubjectClaim must not be empty")]
    [InlineData("Auth:Issuers:0:Roles:platform_admin", "", "Auth:Issuers:0:Roles:platform_admin must name a role")]
    [InlineData("Auth:Issuers:1:Name", "entra id", "the Name 'Entra ID' is given more than once")]
    [InlineData("Auth:Issuers:1:Authority", "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0/", "is given more than once")]
    [InlineData("Auth:Issuers:1:RequireRole", "true", "Auth:Issuers:1:RequireRole refuses everybody")]
    public void What_is_wrong_is_said_with_the_name_of_the_setting(string setting, string value, string message)
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Read(new Dictionary<string, string?>(Entra) { [setting] = value }));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void There_are_sixteen_issuers_at_most()
    {
        var settings = Enumerable.Range(0, 17).SelectMany(i => new Dictionary<string, string?>
        {
            [$"Auth:Issuers:{i}:Name"] = $"issuer {i}",
            [$"Auth:Issuers:{i}:Authority"] = $"https://issuer{i}.example",
            [$"Auth:Issuers:{i}:Audiences:0"] = "tools",
        }).ToDictionary();

        var refused = Assert.Throws<OptionsValidationException>(() => Read(settings));
        Assert.Equal("Auth:Issuers has 17 elements; at most 16 are possible.", refused.Message);
    }

    private static ExternalIssuersOptions Read(Dictionary<string, string?> settings)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(settings);
        using var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddExternalIssuers().BuildServiceProvider();
        return services.GetRequiredService<IOptions<ExternalIssuersOptions>>().Value;
    }
}
