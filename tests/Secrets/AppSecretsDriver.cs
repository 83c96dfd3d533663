using System.Net;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Secrets;

/// <summary>What tests do with secrets.</summary>
internal static class AppSecretsDriver
{
    /// <summary>Where the platform's secrets are.</summary>
    public const string PlatformPath = "/api/v1/platform/secrets";

    /// <summary>Where an app's secrets are.</summary>
    public static string SecretsPath(this App app) => $"/api/v1/apps/{app.Id}/secrets";

    /// <summary>Sets a secret of the app; the response as it is.</summary>
    public static Task<HttpResponseMessage> SendSecretAsync(this App app, string key, string value) => app.Client.SendSecretAsync(app.SecretsPath(), key, value);

    /// <summary>Sets a secret; the response as it is.</summary>
    public static Task<HttpResponseMessage> SendSecretAsync(this ApiClient client, string path, string key, string value) =>
        client.PostAsync(path, new JsonObject { ["key"] = key, ["value"] = value });

    /// <summary>Sets a secret of the app; returns the answer.</summary>
    public static async Task<JsonNode> SetSecretAsync(this App app, string key, string value)
    {
        using var answer = await app.SendSecretAsync(key, value);
        return await answer.JsonAsync(HttpStatusCode.OK);
    }

    /// <summary>Sets a secret of the platform; returns the answer.</summary>
    public static async Task<JsonNode> SetPlatformSecretAsync(this ApiClient client, string key, string value)
    {
        using var answer = await client.SendSecretAsync(PlatformPath, key, value);
        return await answer.JsonAsync(HttpStatusCode.OK);
    }

    /// <summary>Deletes a secret; the response as it is.</summary>
    public static Task<HttpResponseMessage> DeleteSecretAsync(this ApiClient client, string path, string key) =>
        client.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"{path}/{key}"));

    /// <summary>The names in a listing.</summary>
    public static async Task<IEnumerable<string>> SecretNamesAsync(this ApiClient client, string path)
    {
        using var answer = await client.GetAsync(path);
        return (await answer.JsonAsync(HttpStatusCode.OK)).AsArray().Select(name => name!.GetValue<string>());
    }

    /// <summary>Waits until the handler <paramref name="method"/> returns this.</summary>
    public static Task ReturnsAsync(this App app, string method, string? expected) => Eventually.TrueAsync(
        async () => (await app.RpcAsync(method))?.GetValue<string>() == expected, $"{method} did not come to return '{expected}'");
}
