using RootCx.Tests.Platform;

namespace RootCx.Tests.Logs;

public sealed class LogStreamTests(PlatformStack stack)
{
    [Fact]
    public async Task What_a_worker_says_is_streamed_with_its_level()
    {
        var app = await stack.Admin.DeployedAsync("""
            serve({
              talk: () => {
                log.info("one", { two: 2 });
                log.warn("a warning");
                log.error("an error");
                console.log("from the %s", "console");
                process.stdout.write("raw out\n");
                process.stderr.write("raw err\n");
                emit("order_processed", { orderId: 7 });
                emit("bare");
              },
            });
            """);
        using var logs = await app.LogsAsync();
        Assert.Equal("text/event-stream", logs.Response.Content.Headers.ContentType!.MediaType);

        await app.RpcAsync("talk");

        var expected = new HashSet<(string, string)>
        {
            ("info", "one { two: 2 }"),
            ("warn", "a warning"),
            ("error", "an error"),
            ("info", "from the console"),
            ("stdout", "raw out"),
            ("stderr", "raw err"),
            ("event", """order_processed: {"orderId":7}"""),
            ("event", "bare: {}"),
        };
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        await foreach (var record in logs.RecordsAsync(patience.Token))
        {
            expected.Remove((record.Level, record.Message));
            if (expected.Count == 0)
            {
                return;
            }
        }

        Assert.Empty(expected);
    }

    [Fact]
    public async Task A_reader_resumes_after_the_last_record_it_saw()
    {
        var app = await stack.Admin.DeployedAsync("serve({ say: ({ text }) => log.info(text) });");
        long seen;
        using (var logs = await app.LogsAsync())
        {
            await app.RpcAsync("say", new System.Text.Json.Nodes.JsonObject { ["text"] = "first" });
            await logs.WaitForAsync("info", "first");
            seen = logs.LastId;
        }

        await app.RpcAsync("say", new System.Text.Json.Nodes.JsonObject { ["text"] = "while away" });
        using var again = await app.LogsAsync(after: seen);
        Assert.Equal("while away", await again.WaitForAsync("info", ""));
    }

    [Fact]
    public async Task A_reader_begins_where_it_wants()
    {
        var app = await stack.Admin.DeployedAsync("serve({ say: () => { for (let n = 1; n <= 5; n++) log.info(`line ${n}`); } });");
        using (var logs = await app.LogsAsync())
        {
            await app.RpcAsync("say");
            await logs.WaitForAsync("info", "line 5");
            var third = logs.Seen.Single(line => line.Message == "line 3");

            using var tail = await LogTail.OpenAsync(app.Client, app.Id, query: "?tail=2");
            await tail.WaitForAsync("info", "line 5");
            Assert.Equal(["line 4", "line 5"], tail.Seen.Select(line => line.Message));

            using var sinceId = await LogTail.OpenAsync(app.Client, app.Id, query: $"?since={logs.LastId - 1}");
            Assert.Equal("line 5", await sinceId.WaitForAsync("info", ""));

            using var sinceTime = await LogTail.OpenAsync(app.Client, app.Id, query: $"?since={Uri.EscapeDataString(third.At.ToString("O"))}");
            await sinceTime.WaitForAsync("info", "line 5");
            Assert.Equal(["line 3", "line 4", "line 5"], sinceTime.Seen.Where(line => line.At >= third.At && line.Level == "info").Select(line => line.Message).TakeLast(3));
        }

        using var all = await LogTail.OpenAsync(app.Client, app.Id, query: "?tail=1000");
        await all.WaitForAsync("system", "worker started");
        await all.WaitForAsync("info", "line 5");
    }

    [Theory]
    [InlineData("?tail=-1", "tail must be a whole number from 0 to 1000")]
    [InlineData("?tail=1001", "tail must be a whole number from 0 to 1000")]
    [InlineData("?since=yesterday", "since must be the id of a log record or a time like 2026-01-31T12:00:00Z")]
    [InlineData("", "Last-Event-ID must be the id of an event: a whole number", "last")]
    public async Task A_place_that_can_not_be_read_is_refused(string query, string error, string? last = null)
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/apps/{app.Id}/logs{query}");
        request.Headers.TryAddWithoutValidation("Last-Event-ID", last);
        using var answer = await app.Client.SendAsync(request);
        await answer.AssertErrorAsync(System.Net.HttpStatusCode.BadRequest, error);
    }

    [Fact]
    public async Task A_long_message_is_cut_at_a_character()
    {
        var app = await stack.Admin.DeployedAsync("serve({ say: () => log.info('x' + '世'.repeat(5000)) });");
        using var logs = await app.LogsAsync();
        await app.RpcAsync("say");

        var message = await logs.WaitForAsync("info", "x世");
        Assert.EndsWith("世… (truncated)", message, StringComparison.Ordinal);
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(message), 8192 - 3, 8192);
    }

    [Fact]
    public async Task The_database_password_is_masked()
    {
        var app = await stack.Admin.DeployedAsync("serve({ say: () => log.info(`Database: ${url}`) }, { onStart: (config) => { url = config.databaseUrl; } }); let url;");
        using var logs = await app.LogsAsync();
        await app.RpcAsync("say");

        Assert.Contains(":***@", await logs.WaitForAsync("info", "Database: postgresql://"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_of_a_stopped_app_can_be_followed()
    {
        var app = await stack.Admin.DeployedAsync("serve({}, { onStart: () => log.info('up again') });");
        using var stopped = await app.WorkerAsync("stop");
        using var logs = await app.LogsAsync();
        using var started = await app.WorkerAsync("start");

        await logs.WaitForAsync("info", "up again");
        await logs.WaitForAsync("system", "worker started");
    }

    [Fact]
    public async Task The_log_of_an_unknown_app_is_not_found()
    {
        using var answer = await stack.User.GetAsync("/api/v1/apps/no_such_app/logs");
        await answer.AssertErrorAsync(System.Net.HttpStatusCode.NotFound, "app 'no_such_app' not found");
    }

    [Fact]
    public async Task Each_record_is_an_event_of_an_id_and_a_line_of_data()
    {
        var app = await stack.Admin.DeployedAsync("serve({ say: () => log.warn('a \"quoted\" ü') });");
        using var logs = await app.LogsAsync();
        await app.RpcAsync("say");
        await logs.WaitForAsync("warn", "quoted");

        Assert.Matches($$"""^id: {{logs.LastId}}\ndata: \{"level":"warn","message":"a \\"quoted\\" ü","ts":"[^"]+Z","seq":{{logs.LastId}}\}$""", logs.LastFrame);
    }
}
