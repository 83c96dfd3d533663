using Azure.Core;
using Azure.Identity;

namespace RootCx.Core.Settings;

/// <summary>As whom this process signs in to Azure where it has no secret.</summary>
internal static class AzureCredentials
{
    /// <summary>That managed identity; without a client id whoever the surroundings say: on Azure the system's identity, on a developer's machine whoever is signed in there.</summary>
    public static TokenCredential For(string? clientId) => string.IsNullOrWhiteSpace(clientId)
        ? new DefaultAzureCredential()
        : new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(clientId));
}
