using Microsoft.Extensions.DependencyInjection;
using RootCx.Core.Settings;

namespace RootCx.Core.Auth;

/// <summary>Adds accounts, tokens and permissions.</summary>
public static class AuthRegistration
{
    /// <summary>Registers the capability; needs the platform database and doorbells.</summary>
    public static IServiceCollection AddAuth(this IServiceCollection services) => services
        .AddTokens()
        .AddSingleton<Passwords>()
        .AddSingleton<Throttle>()
        .AddSingleton<AccessWatch>()
        .AddSingleton<Identities>()
        .AddSingleton<Accounts>()
        .AddSingleton<Sessions>()
        .AddSingleton<SignIns>()
        .AddSingleton<Roles>()
        .AddSingleton<PermissionCatalogue>()
        .AddSingleton<Permissions>();

    /// <summary>Registers the issuing and checking of tokens alone.</summary>
    public static IServiceCollection AddTokens(this IServiceCollection services) => services
        .AddValidatedOptions<AuthOptions>(AuthOptions.Section)
        .AddSingleton<AccessTokens>();
}
