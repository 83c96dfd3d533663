using System.Net;
using System.Net.Http.Headers;
using System.Text;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Deployments;

/// <summary>Each fault has its answer, and what ran before runs on.</summary>
public sealed class FailedDeployTests(PlatformStack stack)
{
    private const string Running = "serve({ version: () => 'still me' });";

    public static TheoryData<string, byte[], HttpStatusCode, string> Faults { get; } = new()
    {
        { "empty", [], HttpStatusCode.BadRequest, "empty archive" },
        { "text", Encoding.UTF8.GetBytes("this is no archive"), HttpStatusCode.BadRequest, "extract archive: not a gzip file" },
        { "cut off", AppArchive.Of("serve({});")[..^40], HttpStatusCode.BadRequest, "extract archive: " },
        { "traversal", AppArchive.Of(("../evil.ts", "1"), ("index.ts", "serve({});")), HttpStatusCode.BadRequest, "unsafe archive entry: " },
        { "no entry point", AppArchive.Of(("readme.md", "nothing to run")), HttpStatusCode.BadRequest, "no entry point" },
        { "bad package.json", AppArchive.Of(("package.json", "{ not json"), ("index.ts", "serve({});")), HttpStatusCode.UnprocessableEntity, "bun install failed" },
        {
            "lock file of something else",
            AppArchive.Of(
                ("package.json", """{"name":"x"}"""),
                ("bun.lock", """{"lockfileVersion":1,"workspaces":{"":{"name":"x","dependencies":{"a":"1.0.0"}}},"packages":{"a":["a@1.0.0","",{},""]}}"""),
                ("index.ts", "serve({});")),
            HttpStatusCode.UnprocessableEntity,
            "lockfile is frozen"
        },
        { "throws at start", AppArchive.Of("throw new Error('missing configuration');"), HttpStatusCode.UnprocessableEntity, "missing configuration" },
        { "syntax error", AppArchive.Of("serve({ greet: ( => 1 });"), HttpStatusCode.UnprocessableEntity, "error: " },
        { "ends by itself", AppArchive.Of("console.log('done');"), HttpStatusCode.UnprocessableEntity, "before it was ready" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_version_that_cannot_go_live_is_refused_and_the_one_before_answers(string fault, byte[] archive, HttpStatusCode status, string error)
    {
        Assert.NotEmpty(fault);
        var app = await stack.Admin.DeployedAsync(Running);

        using var answer = await stack.Admin.DeployAsync(app.Id, archive);
        await answer.AssertErrorContainsAsync(status, error);
        Assert.Equal("still me", (await app.RpcAsync("version"))!.GetValue<string>());
        Assert.Equal("running", await app.StatusAsync());
    }

    [Fact]
    public async Task A_first_version_that_fails_leaves_no_app_behind()
    {
        var appId = App.NewId();
        using var answer = await stack.Admin.DeployAsync(appId, AppArchive.Of(("readme.md", "nothing to run")));
        await answer.AssertErrorContainsAsync(HttpStatusCode.BadRequest, "no entry point");

        using var status = await stack.Admin.GetAsync($"/api/v1/apps/{appId}/worker/status");
        await status.AssertErrorAsync(HttpStatusCode.NotFound, $"app '{appId}' not found");
    }

    [Fact]
    public async Task A_deploy_without_a_field_is_told_what_is_missing()
    {
        using var nothing = await stack.Admin.PostAsync("/api/v1/apps/some_app/deploy");
        await nothing.AssertErrorAsync(HttpStatusCode.BadRequest, "missing 'archive' field");

        using var noField = await stack.Admin.PostAsync("/api/v1/apps/some_app/deploy", new MultipartFormDataContent());
        await noField.AssertErrorAsync(HttpStatusCode.BadRequest, "missing 'archive' field");
    }

    [Fact]
    public async Task A_deploy_of_another_type_is_refused()
    {
        using var content = new StringContent("{}", new MediaTypeHeaderValue("application/json"));
        using var answer = await stack.Admin.PostAsync("/api/v1/apps/some_app/deploy", content);
        await answer.AssertErrorAsync(
            HttpStatusCode.UnsupportedMediaType, "unsupported content type: expected multipart/form-data with a field 'archive'");
    }

    [Fact]
    public async Task A_boundary_that_is_none_is_refused()
    {
        using var content = new StringContent("--b\r\n");
        content.Headers.Remove("Content-Type");
        Assert.True(content.Headers.TryAddWithoutValidation("Content-Type", $"multipart/form-data; boundary={new string('b', 5000)}"));
        using var answer = await stack.Admin.PostAsync("/api/v1/apps/some_app/deploy", content);
        await answer.AssertErrorAsync(HttpStatusCode.BadRequest, "malformed multipart body: the boundary has more than 70 characters");
    }

    [Fact]
    public async Task A_multipart_body_that_breaks_off_is_refused()
    {
        using var content = new StringContent("--b\r\nContent-Disposition: form-data; name=\"archive\"\r\n\r\nhalf");
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");
        using var answer = await stack.Admin.PostAsync("/api/v1/apps/some_app/deploy", content);
        await answer.AssertErrorContainsAsync(HttpStatusCode.BadRequest, "malformed multipart body: ");
    }

    [Fact]
    public async Task An_archive_over_the_limit_is_refused()
    {
        using var answer = await stack.Admin.DeployAsync("some_app", new byte[(50 * 1024 * 1024) + 1]);
        await answer.AssertErrorAsync(HttpStatusCode.RequestEntityTooLarge, "archive too large: at most 52428800 bytes");
    }

    [Theory]
    [InlineData("core")]
    [InlineData("public")]
    [InlineData("rootcx_system")]
    [InlineData("pg_catalog")]
    public async Task A_reserved_name_is_refused(string appId)
    {
        using var answer = await stack.Admin.DeployAsync(appId, AppArchive.Of(Running));
        await answer.AssertErrorAsync(HttpStatusCode.BadRequest, $"reserved app_id: '{appId}'");
    }
}
