using System.Formats.Tar;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using RootCx.Local.Launcher;

namespace RootCx.Bench;

/// <summary>A deployed app, spoken to as the administrator.</summary>
internal sealed class BenchApp : IDisposable
{
    private readonly HttpClient _http;
    private readonly string _appId;

    private BenchApp(HttpClient http, string appId) => (_http, _appId) = (http, appId);

    /// <summary>Its id.</summary>
    public string AppId => _appId;

    /// <summary>Signs in; nothing is deployed yet.</summary>
    public static async Task<BenchApp> CreateAsync(LaunchedStack stack, CancellationToken cancellationToken)
    {
        var http = new HttpClient { BaseAddress = new Uri(stack.Description.ApiUrl) };
        using var login = await http.PostAsJsonAsync(
            "/api/v1/auth/login",
            new JsonObject { ["email"] = stack.Description.AdminEmail, ["password"] = stack.Description.AdminPassword },
            cancellationToken);
        login.EnsureSuccessStatusCode();
        var token = (await login.Content.ReadFromJsonAsync<JsonObject>(cancellationToken))!["accessToken"]!.GetValue<string>(); // the contract has it
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return new BenchApp(http, $"bench{Guid.NewGuid():n}"[..20]);
    }

    /// <summary>Another app of the same user.</summary>
    public BenchApp Another() => new(_http, $"bench{Guid.NewGuid():n}"[..20]);

    /// <summary>Installs a manifest, which names its app itself.</summary>
    public async Task InstallAsync(JsonNode manifest)
    {
        using var installed = await _http.PostAsJsonAsync("/api/v1/apps", manifest);
        installed.EnsureSuccessStatusCode();
    }

    /// <summary>Reads what is below the app to its end, and throws it away; returns its length in bytes.</summary>
    public async Task<long> ReadAllAsync(string path, CancellationToken cancellationToken)
    {
        using var answer = await _http.GetAsync($"/api/v1/apps/{_appId}/{path}", HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        answer.EnsureSuccessStatusCode();
        await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[64 * 1024];
        var bytes = 0L;
        for (int read; (read = await body.ReadAsync(buffer, cancellationToken)) > 0; bytes += read)
        {
        }

        return bytes;
    }

    /// <summary>Deploys one file.</summary>
    public Task DeployAsync(string source) => DeployAsync(Archive(("index.ts", Encoding.UTF8.GetBytes(source))));

    /// <summary>Deploys an archive.</summary>
    public async Task DeployAsync(byte[] archive)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(archive), "archive", "app.tar.gz" } };
        using var deployed = await _http.PostAsync($"/api/v1/apps/{_appId}/deploy", form);
        deployed.EnsureSuccessStatusCode();
    }

    /// <summary>Deploys a front end.</summary>
    public async Task DeployFrontendAsync(IEnumerable<(string Path, byte[] Content)> files)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(Archive([.. files])), "archive", "site.tar.gz" } };
        using var deployed = await _http.PostAsync($"/api/v1/apps/{_appId}/frontend", form);
        deployed.EnsureSuccessStatusCode();
    }

    /// <summary>Posts to what is below the app, without a body.</summary>
    public async Task PostAsync(string path)
    {
        using var answer = await _http.PostAsync($"/api/v1/apps/{_appId}/{path}", content: null);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Enqueues a job.</summary>
    public async Task EnqueueAsync(JsonNode payload)
    {
        using var answer = await _http.PostAsJsonAsync($"/api/v1/apps/{_appId}/jobs", new JsonObject { ["payload"] = payload });
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Makes a cron.</summary>
    public async Task AddCronAsync(string name, string schedule)
    {
        using var answer = await _http.PostAsJsonAsync($"/api/v1/apps/{_appId}/crons", new JsonObject { ["name"] = name, ["schedule"] = schedule });
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Calls a handler.</summary>
    /// <exception cref="InvalidOperationException">The answer is an error.</exception>
    public async Task<JsonNode?> CallAsync(string method, JsonNode? parameters = null)
    {
        using var answer = await _http.PostAsJsonAsync($"/api/v1/apps/{_appId}/rpc", new JsonObject { ["method"] = method, ["params"] = parameters });
        var body = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonNode.Parse(body) : throw new InvalidOperationException($"{(int)answer.StatusCode}: {body}");
    }

    /// <summary>The messages of the app's log from now on.</summary>
    public async Task<StreamReader> LogsAsync(CancellationToken cancellationToken)
    {
        var response = await _http.GetAsync($"/api/v1/apps/{_appId}/logs", HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
        return new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Packs files.</summary>
    public static byte[] Archive(params (string Path, byte[] Content)[] files)
    {
        using var archive = new MemoryStream();
        using (var gzip = new GZipStream(archive, CompressionLevel.Optimal, leaveOpen: true))
        using (var tar = new TarWriter(gzip))
        {
            foreach (var (path, content) in files)
            {
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"./{path}") { DataStream = new MemoryStream(content) });
            }
        }

        return archive.ToArray();
    }
}
