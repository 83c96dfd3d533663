using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using RootCx.Tests.Deployments.Archives;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Frontends;

/// <summary>How front ends are served.</summary>
public sealed class FrontendServingTests(PlatformStack stack)
{
    private const string Revalidated = "public, no-cache";
    private const string Immutable = "public, max-age=31536000, immutable";

    private static readonly string Script = string.Concat(Enumerable.Range(0, 500).Select(n => $"console.log({n});\n"));

    [Fact]
    public async Task The_app_s_address_gets_its_slash()
    {
        var site = await Site.OfAsync(stack, ("a.txt", "a"), ("docs/index.html", "docs"));
        AssertRedirect(await site.SendAsync(""), $"/apps/{site.AppId}/");
        AssertRedirect(await site.SendAsync("?a=1&b=%2F"), $"/apps/{site.AppId}/?a=1&b=%2F");
        AssertRedirect(await site.SendAsync("/docs?x=1"), $"/apps/{site.AppId}/docs/?x=1");
        await site.ReadAsync("/docs/", "docs");
        await new Site(stack, App.NewId()).AssertMissingAsync("");

        static void AssertRedirect(HttpResponseMessage answer, string to)
        {
            Assert.Equal(HttpStatusCode.TemporaryRedirect, answer.StatusCode);
            Assert.Equal(to, answer.Headers.Location?.OriginalString);
        }
    }

    [Fact]
    public async Task Paths_of_pages_get_the_index_and_those_of_scripts_do_not()
    {
        var site = await Site.OfAsync(stack, ("index.html", "the app"), ("app-3f2a9c1b.js", "1"));
        using var page = await site.ReadAsync("/deals/17", "the app");
        Assert.Equal(Revalidated, Cache(page));
        using var hashed = await site.ReadAsync("/gone-3f2a9c1b.js", "the app");
        Assert.Equal(Revalidated, Cache(hashed));
        await site.ReadAsync("/folder/", "the app");
        foreach (var destination in (string[])["document", "iframe", "empty"])
        {
            await site.ReadAsync("/x", "the app", headers => headers.Add("Sec-Fetch-Dest", destination));
        }

        foreach (var destination in (string[])["script", "style", "image", "font", "worker", "manifest", "audio", "video", "track"])
        {
            await site.AssertMissingAsync("/x.js", headers => headers.Add("Sec-Fetch-Dest", destination));
        }

        await site.ReadAsync("/app-3f2a9c1b.js", "1", headers => headers.Add("Sec-Fetch-Dest", "script"));
    }

    [Theory]
    [InlineData("/../index.html")]
    [InlineData("/a/../index.html")]
    [InlineData("/%2e%2e/index.html")]
    [InlineData("/a/%2E./index.html")]
    [InlineData("/..%2findex.html")]
    [InlineData("/..%5cindex.html")]
    [InlineData("/..\\index.html")]
    [InlineData("/a/..")]
    public async Task Steps_up_lead_nowhere(string path)
    {
        var site = await Site.OfAsync(stack, ("index.html", "the app"));
        await site.AssertMissingAsync(path);
    }

    [Theory]
    [InlineData("No")]
    [InlineData("no-app")]
    [InlineData("core")]
    [InlineData("rootcx_system")]
    [InlineData("%2e")]
    public async Task What_is_no_app_has_no_files(string appId)
    {
        using var answer = await new Site(stack, appId).SendAsync("/index.html");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Each_client_gets_the_encoding_it_likes_best()
    {
        var site = await Site.OfAsync(stack, ("app.js", Script), ("small.js", "1"), ("noise.bin", "x"));
        var expected = new Dictionary<string, string?>
        {
            [""] = null,
            ["gzip, deflate, br, zstd"] = "br",
            ["gzip"] = "gzip",
            ["br;q=0, gzip"] = "gzip",
            ["br;q=0.5, gzip;q=0.8"] = "gzip",
            ["*"] = "br",
            ["*;q=0"] = null,
            ["br;q=0, *"] = "gzip",
            ["identity, br;q=0.5"] = null,
            ["identity;q=0.5, GZIP"] = "gzip",
            ["identity;q=0"] = null,
            ["deflate"] = null,
            ["br;q=x"] = null,
        };
        var tags = new HashSet<string>();
        foreach (var (accepted, encoding) in expected)
        {
            using var answer = await site.SendAsync("/app.js", headers: headers => headers.TryAddWithoutValidation("Accept-Encoding", accepted));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal((accepted, encoding), (accepted, answer.Content.Headers.ContentEncoding.SingleOrDefault()));
            Assert.Contains("Accept-Encoding", answer.Headers.Vary);
            Assert.Equal("text/javascript; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
            Assert.Equal(Script, await DecodedAsync(answer));
            var tag = answer.Headers.ETag!;
            Assert.False(tag.IsWeak);
            tags.Add(tag.Tag);

            using var again = await site.SendAsync("/app.js", headers: headers =>
            {
                headers.TryAddWithoutValidation("Accept-Encoding", accepted);
                headers.IfNoneMatch.Add(tag);
            });
            Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
            Assert.Equal(tag, again.Headers.ETag);
            Assert.Equal(Revalidated, Cache(again));
        }

        Assert.Equal(3, tags.Count);
        using var small = await site.ReadAsync("/small.js", "1", headers => headers.Add("Accept-Encoding", "br"));
        Assert.Empty(small.Content.Headers.ContentEncoding);
        Assert.DoesNotContain("Accept-Encoding", small.Headers.Vary);
    }

    [Fact]
    public async Task A_file_that_changed_is_sent_again()
    {
        var site = await Site.OfAsync(stack, ("index.html", "one"));
        var tag = (await site.ReadAsync("/", "one")).Headers.ETag!;
        await site.DeployAsync(AppArchive.Of(("index.html", "two")));
        await site.ReadAsync("/", "two", headers => headers.IfNoneMatch.Add(tag));
        await site.DeployAsync(AppArchive.Of(("index.html", "one"), ("other", "x")));
        using var same = await site.SendAsync("/", headers: headers => headers.IfNoneMatch.Add(tag));
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
    }

    [Theory]
    [InlineData("index.html", "text/html; charset=utf-8", Revalidated)]
    [InlineData("a/app-3f2a9c1b.js", "text/javascript; charset=utf-8", Immutable)]
    [InlineData("app.mjs", "text/javascript; charset=utf-8", Revalidated)]
    [InlineData("app-B7xk2_Qa.css", "text/css; charset=utf-8", Immutable)]
    [InlineData("app-B7xk2_Qa.js.map", "application/json; charset=utf-8", Immutable)]
    [InlineData("data.json", "application/json; charset=utf-8", Revalidated)]
    [InlineData("logo.svg", "image/svg+xml; charset=utf-8", Revalidated)]
    [InlineData("site.webmanifest", "application/manifest+json; charset=utf-8", Revalidated)]
    [InlineData("a.png", "image/png", Revalidated)]
    [InlineData("a.jpeg", "image/jpeg", Revalidated)]
    [InlineData("a.gif", "image/gif", Revalidated)]
    [InlineData("a.webp", "image/webp", Revalidated)]
    [InlineData("a.avif", "image/avif", Revalidated)]
    [InlineData("favicon.ico", "image/x-icon", Revalidated)]
    [InlineData("a.woff2", "font/woff2", Revalidated)]
    [InlineData("a.woff", "application/font-woff", Revalidated)]
    [InlineData("a.ttf", "application/x-font-ttf", Revalidated)]
    [InlineData("a.wasm", "application/wasm", Revalidated)]
    [InlineData("README", "application/octet-stream", Revalidated)]
    [InlineData(".well-known/x", "application/octet-stream", Revalidated)]
    [InlineData("über uns/日本.txt", "text/plain; charset=utf-8", Revalidated)]
    public async Task Types_and_lifetimes_follow_names(string path, string type, string cache)
    {
        var site = await Site.OfAsync(stack, (path, "x"));
        using var answer = await site.ReadAsync("/" + string.Join('/', path.Split('/').Select(Uri.EscapeDataString)), "x");
        Assert.Equal(type, answer.Content.Headers.ContentType?.ToString());
        Assert.Equal(cache, Cache(answer));
    }

    [Theory]
    [InlineData("/app.js")]
    [InlineData("/")]
    [InlineData("/none.txt")]
    [InlineData("/large.bin")]
    [InlineData("")]
    public async Task Head_is_get_without_the_body(string path)
    {
        var site = new Site(stack, App.NewId());
        await site.DeployAsync(new TarBuilder().File("index.html", "page").File("app.js", Script).File("large.bin", TarBuilder.Noise(3, 5_000_000)).ToGzip());
        using var get = await site.SendAsync(path, headers: headers => headers.Add("Accept-Encoding", "br"));
        using var head = await site.SendAsync(path, HttpMethod.Head, headers => headers.Add("Accept-Encoding", "br"));
        Assert.Equal(get.StatusCode, head.StatusCode);
        Assert.Equal(Headers(get), Headers(head));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));

        static string Headers(HttpResponseMessage answer) => string.Join('\n', answer.Headers.Concat(answer.Content.Headers)
            .Select(header => $"{header.Key}: {string.Join(", ", header.Value)}").Where(header => header != "Content-Length: 0" && !header.StartsWith("Date", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Parts_are_of_the_content_as_it_is()
    {
        var large = TarBuilder.Noise(5, 6_000_000); // more than is kept in memory
        var site = new Site(stack, App.NewId());
        await site.DeployAsync(new TarBuilder().File("first", TarBuilder.Noise(6, 1000)).File("large.bin", large).File("app.js", Script).ToGzip());

        using var whole = await site.SendAsync("/large.bin");
        Assert.Equal(large, await whole.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal("bytes", whole.Headers.AcceptRanges.Single());
        var script = Encoding.UTF8.GetBytes(Script);
        foreach (var (path, content) in ((string, byte[])[])[("/large.bin", large), ("/app.js", script)])
        {
            var length = content.Length;
            await AssertPartAsync(path, "0-99", content[..100]);
            await AssertPartAsync(path, $"{length - 50}-", content[^50..]);
            await AssertPartAsync(path, "-70", content[^70..]);
            await AssertPartAsync(path, "1000-6999", content[1000..7000]);

            using var beyond = await site.SendAsync(path, headers: headers => headers.TryAddWithoutValidation("Range", $"bytes={length}-"));
            Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.StatusCode);
            using var changed = await site.SendAsync(path, headers: headers =>
            {
                headers.TryAddWithoutValidation("Range", "bytes=0-9");
                headers.IfRange = new RangeConditionHeaderValue("\"another\"");
            });
            Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
            Assert.Equal(content, await changed.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        }

        async Task AssertPartAsync(string path, string range, byte[] expected)
        {
            using var part = await site.SendAsync(path, headers: headers =>
            {
                headers.TryAddWithoutValidation("Range", "bytes=" + range);
                headers.Add("Accept-Encoding", "br");
            });
            Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
            Assert.Empty(part.Content.Headers.ContentEncoding);
            Assert.Equal(expected, await part.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Many_at_once_get_the_same()
    {
        var site = await Site.OfAsync(stack, ("index.html", "page"), ("app.js", Script), ("empty.txt", ""));
        await Task.WhenAll(Enumerable.Range(0, 60).Select(n => (n % 3) switch
        {
            0 => site.ReadAsync("/", "page"),
            1 => site.ReadAsync("/app.js", Script),
            _ => site.ReadAsync("/empty.txt", ""),
        }));
    }

    [Fact]
    public async Task Another_verb_is_told_which_there_are()
    {
        var site = await Site.OfAsync(stack, ("index.html", "page"));
        using var answer = await site.SendAsync("/", HttpMethod.Post);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(["GET", "HEAD"], answer.Content.Headers.Allow.Order(StringComparer.Ordinal));
    }

    private static string? Cache(HttpResponseMessage answer) => answer.Headers.NonValidated["Cache-Control"].ToString();

    private static async Task<string> DecodedAsync(HttpResponseMessage answer)
    {
        await using var body = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await using Stream decoded = answer.Content.Headers.ContentEncoding.SingleOrDefault() switch
        {
            "br" => new BrotliStream(body, CompressionMode.Decompress),
            "gzip" => new GZipStream(body, CompressionMode.Decompress),
            _ => body,
        };
        using var reader = new StreamReader(decoded);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
