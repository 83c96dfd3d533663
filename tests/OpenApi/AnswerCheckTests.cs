using System.Net;
using System.Text;
using Xunit.Sdk;

namespace RootCx.Tests.OpenApi;

/// <summary>Answers that are not described are found.</summary>
public sealed class AnswerCheckTests
{
    private const string Jobs = "/api/v1/apps/crm/jobs/4711";
    private const string Cancelled = """{"msg_id":4711,"state":"cancelled"}""";

    [Theory]
    [InlineData("POST", $"{Jobs}/cancel", 200, "application/json", Cancelled)]
    [InlineData("POST", $"{Jobs}/cancel", 409, "application/json", """{"error":"it has ended"}""")]
    [InlineData("GET", "/apps/crm/a/b/c.js", 200, "text/javascript", "1")]
    [InlineData("GET", "/apps/crm", 404, "text/plain", "not found")]
    [InlineData("HEAD", "/apps/crm/index.html", 200, "text/html", "")]
    [InlineData("GET", "/api/v1/permissions/available", 200, "application/json", "[]")]
    [InlineData("GET", "/api/v1/no/such/route", 418, "text/plain", "of which nothing is said")]
    public async Task What_is_described_is_let_through(string method, string path, int status, string type, string body) =>
        await AnswerCheck.RequireDescribedAsync(Answer(method, path, status, type, body), isWhole: true);

    [Theory]
    [InlineData("POST", $"{Jobs}/cancel", 418, "application/json", "{}", "the description has no 418")]
    [InlineData("POST", $"{Jobs}/cancel", 200, "text/plain", Cancelled, "its type is text/plain, and described as application/json")]
    [InlineData("POST", $"{Jobs}/cancel", 200, null, "", "its type is missing")]
    [InlineData("POST", $"{Jobs}/cancel", 200, "application/json", """{"msg_id":4711}""", "$ lacks 'state'")]
    [InlineData("POST", $"{Jobs}/cancel", 200, "application/json", """{"msg_id":4711,"state":"gone"}""", "$.state must be one of")]
    [InlineData("POST", $"{Jobs}/cancel", 409, "application/json", """{"error":"it has ended","code":7}""", "$.code is not described")]
    [InlineData("POST", $"{Jobs}/cancel", 503, "application/json", """{"error":"runtime not ready"}""", "the header Retry-After is missing")]
    [InlineData("GET", "/docs", 304, "text/html", "a page", "it is described without a body")]
    [InlineData("GET", "/api/v1/permissions/available", 200, "application/json", """{"roles":[],"permissions":[]}""", "$ must be array")]
    public async Task What_is_not_described_is_said(string method, string path, int status, string? type, string body, string problem)
    {
        var failure = await Assert.ThrowsAsync<FailException>(() => AnswerCheck.RequireDescribedAsync(Answer(method, path, status, type, body), isWhole: true));
        Assert.StartsWith($"{method} {path} answered {status}", failure.Message, StringComparison.Ordinal);
        Assert.Contains(problem, failure.Message, StringComparison.Ordinal);
        Assert.EndsWith(body, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_is_not_read()
    {
        using var unread = new HttpResponseMessage(HttpStatusCode.OK)
        {
            RequestMessage = new HttpRequestMessage(HttpMethod.Get, "http://platform/api/v1/apps/crm/logs"),
            Content = new StreamContent(new UnreadStream()) { Headers = { ContentType = new("text/event-stream") } },
        };
        await AnswerCheck.RequireDescribedAsync(unread, isWhole: false);
    }

    [Fact]
    public void Data_of_events_is_looked_at()
    {
        AnswerCheck.RequireDescribedEvent("followDeployment", """{"state":"live","at":"2026-03-01T09:30:00Z"}""");
        Assert.Throws<TrueException>(() => AnswerCheck.RequireDescribedEvent("followDeployment", """{"state":"lively","at":"2026-03-01T09:30:00Z"}"""));
    }

    private static HttpResponseMessage Answer(string method, string path, int status, string? type, string body) => new((HttpStatusCode)status)
    {
        RequestMessage = new HttpRequestMessage(new HttpMethod(method), $"http://platform{path}"),
        Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = type is null ? null : new(type) } },
    };

    private sealed class UnreadStream : MemoryStream
    {
        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer) => throw new NotSupportedException("somebody reads it");

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotSupportedException("somebody reads it");
    }
}
