using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace RootCx.Bench.Rpc;

/// <summary>A program that answers calls over HTTP by itself: no sign-in, no queue, no other process in between.</summary>
internal sealed class DirectServer : IDisposable
{
    private readonly Process _process;
    private readonly HttpClient _http;

    private DirectServer(string name, Process process, string url)
    {
        Name = name;
        _process = process;
        _http = new HttpClient { BaseAddress = new Uri(url) };
    }

    /// <summary>What it is.</summary>
    public string Name { get; }

    /// <summary>Bun's own HTTP server.</summary>
    public static Task<DirectServer> StartBunAsync() => ReadyAsync("bare Bun over HTTP", BareBun.StartHttp());

    /// <summary>workerd, run by miniflare.</summary>
    public static async Task<DirectServer> StartWorkerdAsync(CancellationToken cancellationToken) =>
        await ReadyAsync("workerd (miniflare)", await new NodeFolder("Rpc", "rivals").StartAsync(["workerd.mjs"], cancellationToken));

    /// <summary>Calls a handler.</summary>
    public async Task<JsonNode?> CallAsync(string method, JsonNode? parameters)
    {
        using var answer = await _http.PostAsJsonAsync("", new JsonObject { ["method"] = method, ["params"] = parameters });
        return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>();
    }

    public void Dispose()
    {
        _http.Dispose();
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private static async Task<DirectServer> ReadyAsync(string name, Process process) =>
        new(name, process, await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"{name} ended without a word."));
}
