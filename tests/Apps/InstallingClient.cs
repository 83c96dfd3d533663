using System.Net;
using System.Text;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Apps;

/// <summary>Installs and uninstalls apps.</summary>
internal static class InstallingClient
{
    /// <summary>A manifest with one entity.</summary>
    /// <param name="appId">The app.</param>
    /// <param name="fields">JSON of its fields.</param>
    public static string ManifestOf(string appId, string fields = """{"name": "title", "type": "text"}""") =>
        $$"""{"appId": "{{appId}}", "dataContract": [{"entityName": "items", "fields": [{{fields}}]}]}""";

    /// <summary>Sends a manifest.</summary>
    public static Task<HttpResponseMessage> InstallAsync(this ApiClient client, string manifest, string query = "") =>
        client.PostAsync($"/api/v1/apps{query}", new StringContent(manifest, Encoding.UTF8, "application/json"));

    /// <summary>Installs, and expects that it works.</summary>
    public static async Task InstalledAsync(this ApiClient client, string manifest)
    {
        using var answer = await client.InstallAsync(manifest);
        await answer.JsonAsync(HttpStatusCode.OK);
    }

    /// <summary>Asks what an install would change.</summary>
    public static Task<HttpResponseMessage> VerifyAsync(this ApiClient client, string manifest) =>
        client.PostAsync("/api/v1/apps/schema/verify", new StringContent(manifest, Encoding.UTF8, "application/json"));

    /// <summary>Uninstalls.</summary>
    public static Task<HttpResponseMessage> UninstallAsync(this ApiClient client, string appId) =>
        client.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/api/v1/apps/{appId}"));
}
