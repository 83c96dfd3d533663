using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using RootCx.Tests.OpenApi;

namespace RootCx.Tests.Platform;

/// <summary>Speaks to the API as one user, or as nobody.</summary>
public sealed class ApiClient(Uri url, string? token)
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(100) };

    private readonly Uri _url = url;

    /// <summary>The bearer token, null for nobody.</summary>
    public string? Token { get; } = token;

    /// <summary>The user, once signed in.</summary>
    public JsonNode? User { get; private init; }

    /// <summary>The same API with another token.</summary>
    public ApiClient With(string? other) => new(_url, other);

    /// <summary>A new account, signed in.</summary>
    public async Task<ApiClient> RegisteredAsync()
    {
        var email = $"{Guid.NewGuid():n}@example.com";
        using var registered = await PostAsync("/api/v1/auth/register", new JsonObject { ["email"] = email, ["password"] = "correct horse" });
        Assert.Equal(HttpStatusCode.Created, registered.StatusCode);
        return await SignedInAsync(email, "correct horse");
    }

    /// <summary>Signs in.</summary>
    public async Task<ApiClient> SignedInAsync(string email, string password)
    {
        var answer = await (await PostAsync("/api/v1/auth/login", new JsonObject { ["email"] = email, ["password"] = password })).JsonAsync(HttpStatusCode.OK);
        return new ApiClient(_url, answer["accessToken"]!.GetValue<string>()) { User = answer["user"]! };
    }

    /// <summary>Sends a request as it is; the token is added. Every answer has to be as the API's description says.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead)
    {
        request.RequestUri = new Uri(_url, request.RequestUri!.ToString());
        if (Token is not null && request.Headers.Authorization is null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        }

        var answer = await Http.SendAsync(request, completion, TestContext.Current.CancellationToken);
        await AnswerCheck.RequireDescribedAsync(answer, isWhole: completion == HttpCompletionOption.ResponseContentRead);
        return answer;
    }

    /// <summary>GET.</summary>
    public Task<HttpResponseMessage> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    /// <summary>POST of JSON.</summary>
    public Task<HttpResponseMessage> PostAsync(string path, JsonNode? body = null) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = body is null ? null : JsonContent.Create(body) });

    /// <summary>POST of anything.</summary>
    public Task<HttpResponseMessage> PostAsync(string path, HttpContent content) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = content });

    /// <summary>Deploys an archive.</summary>
    public Task<HttpResponseMessage> DeployAsync(string appId, byte[] archive, string field = "archive")
    {
        var form = new MultipartFormDataContent { { new ByteArrayContent(archive), field, "app.tar.gz" } };
        return PostAsync($"/api/v1/apps/{appId}/deploy", form);
    }

    /// <summary>Deploys one file, <c>index.ts</c>, and expects it to go live.</summary>
    public async Task<App> DeployedAsync(string source, string? appId = null)
    {
        appId ??= App.NewId();
        using var answer = await DeployAsync(appId, AppArchive.Of(source));
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{(int)answer.StatusCode}: {text}");
        return new App(this, appId);
    }

    /// <summary>Installs a manifest and expects it to be taken.</summary>
    public async Task<App> InstalledAsync(JsonObject manifest)
    {
        using var answer = await PostAsync("/api/v1/apps", manifest);
        await answer.JsonAsync(HttpStatusCode.OK);
        return new App(this, manifest["appId"]!.GetValue<string>()); // else it was refused
    }
}
