using System.Net;
using System.Net.Http.Headers;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Frontends;

/// <summary>An app with a front end, looked at by anybody; nothing is decoded and no redirect followed.</summary>
internal sealed class Site(PlatformStack stack, string appId)
{
    private static readonly HttpClient Browser = new(new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None });

    public string AppId => appId;

    /// <summary>Deploys the files of a front end as an app of its own.</summary>
    public static async Task<Site> OfAsync(PlatformStack stack, params (string Path, string Content)[] files)
    {
        var site = new Site(stack, App.NewId());
        await site.DeployAsync(AppArchive.Of(files));
        return site;
    }

    /// <summary>Posts an archive.</summary>
    public Task<HttpResponseMessage> PostAsync(byte[] archive, ApiClient? user = null) => (user ?? stack.Admin).PostAsync(
        $"/api/v1/apps/{appId}/frontend", new MultipartFormDataContent { { new ByteArrayContent(archive), "archive", "site.tar.gz" } });

    /// <summary>Deploys an archive and expects it to be taken.</summary>
    public async Task DeployAsync(byte[] archive)
    {
        var answer = await (await PostAsync(archive)).JsonAsync(HttpStatusCode.OK);
        Assert.Equal($$"""{"message":"frontend for '{{appId}}' deployed","url":"/apps/{{appId}}/"}""", answer.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    /// <summary>Asks for what is behind <c>/apps/{appId}</c>.</summary>
    public async Task<HttpResponseMessage> SendAsync(string path, HttpMethod? method = null, Action<HttpRequestHeaders>? headers = null)
    {
        // As it is: no dots taken out, nothing decoded.
        var url = new Uri($"{stack.ApiUrl.ToString().TrimEnd('/')}/apps/{appId}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, url);
        headers?.Invoke(request.Headers);
        return await Browser.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Asks, and expects this text.</summary>
    public async Task<HttpResponseMessage> ReadAsync(string path, string expected, Action<HttpRequestHeaders>? headers = null)
    {
        var answer = await SendAsync(path, headers: headers);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {(int)answer.StatusCode}: {text}");
        Assert.Equal(expected, text);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        return answer;
    }

    /// <summary>Asks, and expects nothing to be there.</summary>
    public async Task AssertMissingAsync(string path, Action<HttpRequestHeaders>? headers = null)
    {
        using var answer = await SendAsync(path, headers: headers);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("not found", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("no-cache", answer.Headers.CacheControl?.ToString());
    }
}
