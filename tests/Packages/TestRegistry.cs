using System.Collections.Concurrent;
using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace RootCx.Tests.Packages;

/// <summary>A small npm registry. It lies below a path, as private ones do.</summary>
internal sealed class TestRegistry : IAsyncDisposable
{
    private const string BasePath = "/npm/";

    private readonly ConcurrentDictionary<string, byte[]> _tarballs = new();
    private readonly ConcurrentDictionary<string, JsonObject> _packages = new();
    private WebApplication _server = null!; // set before anybody gets it

    private TestRegistry()
    {
    }

    /// <summary>Its address, with a slash at the end.</summary>
    public string Url { get; private set; } = "";

    /// <summary>What was asked for: path and query, letter for letter.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>The Accept header of the last request.</summary>
    public string? LastAccept { get; private set; }

    /// <summary>The Authorization header it insists on; null for none.</summary>
    public string? Authorization { get; set; }

    /// <summary>Awaited before a tarball is answered.</summary>
    public Func<Task> BeforeTarball { get; set; } = () => Task.CompletedTask;

    public static async Task<TestRegistry> StartAsync()
    {
        var registry = new TestRegistry();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        registry._server = builder.Build();
        registry._server.Run(registry.AnswerAsync);
        await registry._server.StartAsync(TestContext.Current.CancellationToken);
        registry.Url = registry._server.Urls.Single() + BasePath;
        return registry;
    }

    /// <summary>Adds a package of one file that exports <paramref name="exported"/>, with its tarball at the usual place or another; returns its integrity.</summary>
    public string Add(string name, string version, string exported, string? path = null) => Add(
        name, version, Pack(("package.json", $$"""{"name":"{{name}}","version":"{{version}}","main":"index.js"}"""), ("index.js", $"module.exports = '{exported}';")), path);

    /// <summary>Adds a package whose tarball has any bytes; returns its integrity.</summary>
    public string Add(string name, string version, byte[] tarball, string? path = null)
    {
        var integrity = "sha512-" + Convert.ToBase64String(SHA512.HashData(tarball));
        path ??= $"{name}/-/{name.Split('/')[^1]}-{version}.tgz";
        _tarballs[BasePath + path] = tarball;
        var versions = _packages.GetOrAdd(name, _ => []);
        lock (versions)
        {
            versions[version] = new JsonObject
            {
                ["name"] = name,
                ["version"] = version,
                ["dist"] = new JsonObject { ["integrity"] = integrity, ["tarball"] = Url + path },
            };
        }

        return integrity;
    }

    /// <summary>How often a tarball was asked for.</summary>
    public int Downloads(string name) => DownloadsFrom($"{name}/-/");

    /// <summary>How often a tarball at such a place was asked for.</summary>
    public int DownloadsFrom(string path) => Requests.Count(request => request.Contains(path, StringComparison.Ordinal));

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    public static byte[] Pack(params (string Path, string Content)[] files)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar))
        {
            foreach (var (path, content) in files)
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"package/{path}") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)) });
            }
        }

        return packed.ToArray();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        Requests.Enqueue(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        LastAccept = context.Request.Headers.Accept;
        var path = Uri.UnescapeDataString(context.Request.Path.Value!);
        if (Authorization is { } expected && context.Request.Headers.Authorization != expected)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        }
        else if (_tarballs.TryGetValue(path, out var tarball))
        {
            await BeforeTarball();
            context.Response.ContentType = "application/octet-stream";
            await context.Response.Body.WriteAsync(tarball);
        }
        else if (path.StartsWith(BasePath, StringComparison.Ordinal) && _packages.TryGetValue(path[BasePath.Length..], out var versions))
        {
            await AnswerAsync(context, path[BasePath.Length..], versions);
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            await context.Response.WriteAsync("""{"error":"not found"}""");
        }
    }

    private static async Task AnswerAsync(HttpContext context, string name, JsonObject versions)
    {
        string text;
        lock (versions)
        {
            text = new JsonObject
            {
                ["name"] = name,
                ["dist-tags"] = new JsonObject { ["latest"] = versions.Last().Key },
                ["versions"] = versions.DeepClone(),
            }.ToJsonString();
        }

        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}\"";
        context.Response.Headers.ETag = tag;
        context.Response.ContentType = "application/vnd.npm.install-v1+json";
        if (context.Request.Headers.IfNoneMatch == tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        await context.Response.WriteAsync(text);
    }
}
