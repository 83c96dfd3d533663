using Microsoft.Extensions.Configuration;

namespace RootCx.Core.Settings;

/// <summary>
/// A few settings are known to operators by a flat name. Each is another name for one setting of a section, which wins where both are given.
/// </summary>
public static class SettingAliases
{
    private static readonly Dictionary<string, string> Aliases = new()
    {
        ["ROOTCX_JWT_SECRET"] = "Auth:JwtSecret",
        ["ROOTCX_DISABLE_PASSWORD_LOGIN"] = "Auth:DisablePasswordLogin",
        ["ROOTCX_MASTER_KEY"] = "Secrets:MasterKey",
        ["NPM_CONFIG_REGISTRY"] = "Packages:Registry",
        ["AzureWebJobsStorage"] = "ConnectionStrings:Storage",
    };

    /// <summary>Makes the flat names readable as their settings. Call it once, before options are bound.</summary>
    public static void AddSettingAliases(this IConfigurationManager configuration)
    {
        var values = Aliases
            .Where(alias => !string.IsNullOrEmpty(configuration[alias.Key]) && string.IsNullOrEmpty(configuration[alias.Value]))
            .ToDictionary(alias => alias.Value, string? (alias) => Normalise(configuration[alias.Key]!));
        configuration.AddInMemoryCollection(values);
    }

    // Flags of the flat kind say 1 where the binder expects true.
    private static string Normalise(string value) => value == "1" ? "true" : value;
}
