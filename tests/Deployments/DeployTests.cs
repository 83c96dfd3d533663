using System.Net;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Deployments;

public sealed class DeployTests(PlatformStack stack)
{
    [Fact]
    public async Task A_deployed_app_answers_and_says_so()
    {
        var appId = App.NewId();
        using var answer = await stack.Admin.DeployAsync(appId, AppArchive.Of("serve({ ping: () => 'pong' });"));

        Assert.Equal($"app '{appId}' deployed and started", (await answer.JsonAsync(HttpStatusCode.OK))["message"]!.GetValue<string>());
        Assert.Equal("pong", (await new App(stack.Admin, appId).RpcAsync("ping"))!.GetValue<string>());
        Assert.Equal("running", await new App(stack.Admin, appId).StatusAsync());
    }

    [Fact]
    public async Task The_field_may_have_any_name()
    {
        var appId = App.NewId();
        using var answer = await stack.Admin.DeployAsync(appId, AppArchive.Of("serve({ ping: () => 'pong' });"), field: "file");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_new_version_takes_over()
    {
        var app = await stack.Admin.DeployedAsync("serve({ version: () => 1 });");
        Assert.Equal(1, (await app.RpcAsync("version"))!.GetValue<int>());

        await stack.Admin.DeployedAsync("serve({ version: () => 2 });", app.Id);
        Assert.Equal(2, (await app.RpcAsync("version"))!.GetValue<int>());
    }

    [Fact]
    public async Task A_call_in_flight_finishes_on_the_version_it_began_on()
    {
        var app = await stack.Admin.DeployedAsync("""
            let go; const gate = new Promise((resolve) => { go = resolve; });
            serve({ version: async () => { log.info("entered"); await gate; return 1; } }, { onShutdown: () => go() });
            setTimeout(() => go(), 3000);
            """);
        using var logs = await app.LogsAsync();
        var inFlight = app.RpcAsync("version");
        await logs.WaitForAsync("info", "entered");

        await stack.Admin.DeployedAsync("serve({ version: () => 2 });", app.Id);
        Assert.Equal(2, (await app.RpcAsync("version"))!.GetValue<int>());
        Assert.Equal(1, (await inFlight)!.GetValue<int>());
    }

    [Fact]
    public async Task Deploys_of_one_app_at_once_follow_each_other_and_the_last_one_stays()
    {
        var app = await stack.Admin.DeployedAsync("serve({ version: () => 1 });");
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
            stack.Admin.DeployAsync(app.Id, AppArchive.Of("import { basename } from 'node:path'; serve({ version: () => Number(basename(process.cwd())) });"))));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(5, (await app.RpcAsync("version"))!.GetValue<int>());
        Assert.Equal(5, (await app.DetailAsync())["detail"]!["version"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_worker_that_crashes_during_a_slow_deploy_is_started_again_meanwhile()
    {
        var app = await stack.Admin.DeployedAsync("serve({ version: () => 1, crash: () => process.exit(1) });");
        using var logs = await app.LogsAsync();
        var deploying = stack.Admin.DeployAsync(
            app.Id, AppArchive.Of("serve({ version: () => 2 }, { onStart: async () => { log.info('slow start'); await Bun.sleep(4000); } });"));
        await logs.WaitForAsync("info", "slow start");

        using (var crash = await app.SendRpcAsync("crash"))
        {
            Assert.Equal(HttpStatusCode.InternalServerError, crash.StatusCode);
        }

        Assert.Equal(1, (await app.RpcAsync("version"))!.GetValue<int>());
        using var answer = await deploying;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(2, (await app.RpcAsync("version"))!.GetValue<int>());
    }

    [Fact]
    public async Task A_deploy_ends_the_wait_for_a_restart()
    {
        var app = await stack.Admin.DeployedAsync("serve({ crash: () => process.exit(1) });");
        for (var crash = 1; crash <= 3; crash++)
        {
            using var answer = await app.SendRpcAsync("crash");
            Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        }

        // It would wait 4 s now.
        await stack.Admin.DeployedAsync("serve({ ping: () => 'pong' });", app.Id);
        Assert.Equal("pong", (await app.RpcAsync("ping"))!.GetValue<string>());
        Assert.Equal(0, (await app.DetailAsync())["detail"]!["restarts"]!.GetValue<int>());
    }

    [Fact]
    public async Task Packages_are_installed_when_there_is_a_package_json()
    {
        var appId = App.NewId();
        using var answer = await stack.Admin.DeployAsync(appId, AppArchive.Of(
            ("package.json", """{ "name": "with-packages", "dependencies": { "greeting": "file:./greeting" } }"""),
            ("greeting/package.json", """{ "name": "greeting", "version": "1.0.0", "main": "index.js" }"""),
            ("greeting/index.js", "exports.greeting = 'from a package';"),
            ("index.ts", "import { greeting } from 'greeting'; serve({ greet: () => greeting });")));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("from a package", (await new App(stack.Admin, appId).RpcAsync("greet"))!.GetValue<string>());
    }

    public static TheoryData<string, string[]> EntryPoints { get; } = new()
    {
        { "index.ts", ["index.ts", "index.js", "main.ts", "main.js", "src/index.ts", "src/index.js"] },
        { "index.js", ["index.js", "main.ts", "main.js", "src/index.ts", "src/index.js"] },
        { "main.ts", ["main.ts", "main.js", "src/index.ts", "src/index.js"] },
        { "main.js", ["main.js", "src/index.ts", "src/index.js"] },
        { "src/index.ts", ["src/index.ts", "src/index.js"] },
        { "src/index.js", ["src/index.js"] },
    };

    [Theory]
    [MemberData(nameof(EntryPoints))]
    public async Task The_entry_point_is_the_first_of_six(string expected, string[] present)
    {
        var appId = App.NewId();
        var archive = AppArchive.Of([.. present.Reverse().Select(path => (path, $"serve({{ entry: () => '{path}' }});"))]);
        using var answer = await stack.Admin.DeployAsync(appId, archive);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(expected, (await new App(stack.Admin, appId).RpcAsync("entry"))!.GetValue<string>());
    }

    [Fact]
    public async Task An_entry_that_lives_on_without_serve_is_deployed()
    {
        var appId = App.NewId();
        using var answer = await stack.Admin.DeployAsync(appId, AppArchive.Of("setInterval(() => {}, 1000);"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("running", await new App(stack.Admin, appId).StatusAsync());
    }
}
