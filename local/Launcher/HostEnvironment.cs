using System.Collections;

namespace RootCx.Local.Launcher;

/// <summary>Which of our own variables the parts get to see: what a program needs on this machine, and settings of the platform.</summary>
internal static class HostEnvironment
{
    private static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        "PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TZ", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
    };

    private static readonly string[] Prefixes = ["DOTNET_", "NPM_CONFIG_", "BUN_CONFIG_", "OTEL_", "ROOTCX_"];

    private static readonly HashSet<string> Ours = ["ROOTCX_ROOT", "ROOTCX_ADMIN_EMAIL", "ROOTCX_ADMIN_PASSWORD"];

    /// <summary>A fresh copy of them.</summary>
    public static Dictionary<string, string> Inherited() =>
        Environment.GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .Select(variable => (Name: (string)variable.Key, Value: (string?)variable.Value ?? ""))
            .Where(variable => IsPassedOn(variable.Name))
            .ToDictionary(variable => variable.Name, variable => variable.Value);

    // A double underscore is how a setting of a section is written, such as Jobs__MaxAttempts.
    private static bool IsPassedOn(string name) =>
        Names.Contains(name)
        || name.Contains("__", StringComparison.Ordinal)
        || (Array.Exists(Prefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) && !Ours.Contains(name));
}
