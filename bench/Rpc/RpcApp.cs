using System.Formats.Tar;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace RootCx.Bench.Rpc;

/// <summary>A deployed app with one trivial handler.</summary>
internal sealed class RpcApp : IDisposable
{
    private const string AppId = "bench";
    private const string Source = "serve({ greet: (params) => ({ message: `Hello, ${params.name}!` }) });";

    private readonly HttpClient _http;

    private RpcApp(HttpClient http) => _http = http;

    /// <summary>Signs in and deploys it.</summary>
    public static async Task<RpcApp> DeployAsync(Uri url, string email, string password, CancellationToken cancellationToken)
    {
        var http = new HttpClient { BaseAddress = url };
        using var login = await http.PostAsJsonAsync("/api/v1/auth/login", new JsonObject { ["email"] = email, ["password"] = password }, cancellationToken);
        login.EnsureSuccessStatusCode();
        var token = (await login.Content.ReadFromJsonAsync<JsonObject>(cancellationToken))!["accessToken"]!.GetValue<string>(); // the contract has it
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var form = new MultipartFormDataContent { { new ByteArrayContent(Archive()), "archive", "app.tar.gz" } };
        using var deployed = await http.PostAsync($"/api/v1/apps/{AppId}/deploy", form, cancellationToken);
        deployed.EnsureSuccessStatusCode();
        return new RpcApp(http);
    }

    /// <summary>One call.</summary>
    /// <exception cref="InvalidOperationException">The answer is wrong.</exception>
    public async Task CallAsync()
    {
        using var answer = await _http.PostAsJsonAsync(
            $"/api/v1/apps/{AppId}/rpc", new JsonObject { ["method"] = "greet", ["params"] = new JsonObject { ["name"] = "Ada" } });
        var body = await answer.Content.ReadAsStringAsync();
        if (body != """{"message":"Hello, Ada!"}""")
        {
            throw new InvalidOperationException($"{(int)answer.StatusCode}: {body}");
        }
    }

    public void Dispose() => _http.Dispose();

    private static byte[] Archive()
    {
        using var archive = new MemoryStream();
        using (var gzip = new GZipStream(archive, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "./index.ts") { DataStream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Source)) });
        }

        return archive.ToArray();
    }
}
