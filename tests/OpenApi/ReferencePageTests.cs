using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using RootCx.Functions.OpenApi;
using RootCx.Tests.Platform;

namespace RootCx.Tests.OpenApi;

/// <summary>The page that people read the description on.</summary>
public sealed partial class ReferencePageTests(PlatformStack stack)
{
    private static readonly ReferencePage Page = new(Described.Document);

    // The page is written so that it is well-formed XML as well, but for the tags that have no end.
    private static readonly XElement Root = XElement.Parse(VoidTag().Replace(Page.Content.Replace("<!doctype html>", "", StringComparison.Ordinal), "$0</meta>"), LoadOptions.PreserveWhitespace);

    [Fact]
    public void It_has_every_operation_with_its_route_and_a_command()
    {
        Assert.All(Described.Operations, operation =>
        {
            var article = Assert.Single(Root.Descendants("article"), article => IdOf(article) == operation.Id);
            var text = article.Value;
            Assert.Contains($"{operation.Method} {operation.Path}", text, StringComparison.Ordinal);
            Assert.Contains("curl ", text, StringComparison.Ordinal);
            Assert.Contains(operation.Operation.GetProperty("summary").GetString()!, text, StringComparison.Ordinal);
            Assert.All(operation.Parameters, parameter => Assert.Contains(parameter.GetProperty("name").GetString()!, text, StringComparison.Ordinal));
            Assert.Equal(operation.Operation.GetProperty("responses").EnumerateObject().Select(response => response.Name), article.Descendants("dt").Select(status => status.Value));
        });
    }

    [Fact]
    public void Every_link_inside_leads_somewhere_and_no_anchor_is_there_twice()
    {
        var anchors = Root.Descendants().Select(IdOf).OfType<string>().ToList();
        Assert.Equal(anchors.Count, anchors.Distinct().Count());
        var targets = Root.Descendants("a").Select(link => link.Attribute("href")!.Value).ToList(); // all links have one
        Assert.All(targets.Where(target => target.StartsWith('#')), target => Assert.Contains(target[1..], anchors));
        Assert.Equal(["/api/v1/openapi.json"], targets.Where(target => !target.StartsWith('#')));
        Assert.All(Root.Descendants().Attributes("aria-labelledby"), label => Assert.Contains(label.Value, anchors));
    }

    [Fact]
    public void It_can_be_read_without_looking_at_it()
    {
        Assert.Equal("en", Root.Attribute("lang")?.Value);
        Assert.Single(Root.Descendants("main"));
        Assert.Single(Root.Descendants("nav"), nav => nav.Attribute("aria-label") is not null);
        Assert.Single(Root.Descendants("h1"));
        var levels = Root.Descendants().Where(element => Heading().IsMatch(element.Name.LocalName)).Select(heading => heading.Name.LocalName[1] - '0').ToList();
        Assert.All(levels.Zip(levels.Skip(1)), pair => Assert.True(pair.Second <= pair.First + 1, $"a heading of level {pair.Second} comes after one of level {pair.First}"));
        Assert.All(Root.Descendants("pre"), block => Assert.Equal("0", block.Attribute("tabindex")?.Value)); // those that scroll can be scrolled by keys
    }

    [Fact]
    public void It_has_no_scripts_and_no_style_but_the_one_that_its_policy_names()
    {
        Assert.DoesNotContain(Root.Descendants(), element => element.Name.LocalName is "script" or "link" or "img" or "iframe" or "form");
        Assert.DoesNotContain(Root.Descendants().Attributes(), attribute => attribute.Name.LocalName == "style" || attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        var style = Assert.Single(Root.Descendants("style")).Value;
        Assert.Contains($"style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)))}'", Page.Policy, StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none';", Page.Policy, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", style, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_served_to_anybody_and_not_sent_twice()
    {
        using var answer = await stack.Anonymous().GetAsync("/docs");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/html; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        Assert.Equal([Page.Policy], answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
        Assert.Equal(Page.Content, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        using var again = new HttpRequestMessage(HttpMethod.Get, "/docs");
        again.Headers.IfNoneMatch.Add(new EntityTagHeaderValue(answer.Headers.ETag!.Tag));
        using var unchanged = await stack.Anonymous().SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    private static string? IdOf(XElement element) => element.Attribute("id")?.Value;

    [GeneratedRegex("<meta [^>]*>", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VoidTag();

    [GeneratedRegex("^h[1-6]\\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Heading();
}
