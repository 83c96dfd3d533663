using RootCx.Tests.Platform;

namespace RootCx.Tests.Logs;

/// <summary>Several who read one log at once, each at its own pace.</summary>
public sealed class LogReadersTests(PlatformStack stack)
{
    [Fact]
    public async Task A_quiet_log_shows_a_sign_of_life_within_15_seconds()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        using var logs = await app.LogsAsync();
        var begun = TimeProvider.System.GetTimestamp();

        Assert.Equal(": keep-alive", await logs.CommentAsync());
        Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(15), "it came late");
    }

    [Fact]
    public async Task All_see_the_same_and_one_that_does_not_read_holds_up_neither_them_nor_the_worker()
    {
        var app = await stack.Admin.DeployedAsync("""
            serve({ talk: () => { for (let n = 1; n <= 4000; n++) log.info(String(n), "x".repeat(2000)); return "said"; } });
            """);
        using var idle = await app.LogsAsync();
        using var one = await app.LogsAsync();
        using var two = await app.LogsAsync();

        Assert.Equal("said", (await app.RpcAsync("talk"))!.GetValue<string>());
        foreach (var reader in new[] { one, two, idle })
        {
            await reader.WaitForAsync("info", "4000 xxx");
            Assert.Equal(
                Enumerable.Range(1, 4000).Select(number => $"{number}"),
                reader.Seen.Where(line => line.Level == "info").Select(line => line.Message.Split(' ')[0]));
        }
    }
}
