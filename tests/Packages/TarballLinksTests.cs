using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using RootCx.SupervisorHost.Packages;

namespace RootCx.Tests.Packages;

public sealed class TarballLinksTests
{
    private const string Description = """
        { "name" : "x", "tarball": 1, "readme": "\"tarball\":\"http://a/x\" ü",
          "versions": {"1.0.0": {"dist": {"tarball" : "http:\/\/a/x.tgz", "size": 1.50}, "tarballs": "http://a/y"}, "2.0.0": {"dist":{"tarball":"http://b/x.tgz"}}} }
        """;

    private const string Replaced = """
        { "name" : "x", "tarball": 1, "readme": "\"tarball\":\"http://a/x\" ü",
          "versions": {"1.0.0": {"dist": {"tarball" : "here:http://a/x.tgz", "size": 1.50}, "tarballs": "http://a/y"}, "2.0.0": {"dist":{"tarball":"http://b/x.tgz"}}} }
        """;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task Addresses_of_tarballs_are_replaced_and_all_else_is_as_it_was(int atATime) =>
        Assert.Equal(Replaced, (await CopyAsync(Description, atATime)).TrimEnd());

    [Fact]
    public async Task Descriptions_of_any_length_pass()
    {
        var versions = string.Join(',', Enumerable.Range(0, 20_000).Select(i => $$"""{"tarball":"http://a/{{i}}","x":"{{new string('x', i % 300)}}"}"""));
        Assert.Equal(
            $"[{versions}]".Replace("http://a/", "here:http://a/", StringComparison.Ordinal), await CopyAsync($"[{versions}]", 8000));
    }

    [Theory]
    [InlineData("{\"a\": ")]
    [InlineData("<html></html>")]
    [InlineData("")]
    public async Task What_is_no_JSON_is_an_error(string text) => await Assert.ThrowsAnyAsync<JsonException>(() => CopyAsync(text, 3));

    private static async Task<string> CopyAsync(string text, int atATime)
    {
        using var source = new SlowStream(Encoding.UTF8.GetBytes(text), atATime);
        using var target = new MemoryStream();
        var writer = PipeWriter.Create(target, new StreamPipeWriterOptions(leaveOpen: true));
        await new TarballLinks(link => link.StartsWith("http://a/", StringComparison.Ordinal) ? "here:" + link : null)
            .CopyAsync(source, writer, TestContext.Current.CancellationToken);
        await writer.CompleteAsync();
        return Encoding.UTF8.GetString(target.ToArray());
    }

    // A few bytes at a time, as a network may give them.
    private sealed class SlowStream(byte[] bytes, int atATime) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, atATime)], cancellationToken);
    }
}
