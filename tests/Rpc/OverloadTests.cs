using System.Net;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Rpc;

public sealed class OverloadTests(PlatformStack stack)
{
    private const int Taken = 1000;

    [Fact]
    public async Task A_flood_is_refused_beyond_what_an_app_may_have_under_way_and_takes_nothing_from_others()
    {
        var flooded = await stack.Admin.DeployedAsync("serve({ wait: () => new Promise(() => {}) });");
        var other = await stack.Admin.DeployedAsync("serve({ ping: () => 'pong' });");
        var calls = Enumerable.Range(0, Taken + 5).Select(_ => flooded.SendRpcAsync("wait")).ToList();

        // None of the others ends by itself.
        for (var refused = 0; refused < 5; refused++)
        {
            var first = await Task.WhenAny(calls);
            calls.Remove(first);
            using var response = await first;
            await response.AssertErrorAsync(HttpStatusCode.ServiceUnavailable, "worker error: too many calls of this app are under way");
            Assert.Equal(["overloaded"], response.Headers.GetValues("X-RootCX-Error"));
            Assert.NotNull(response.Headers.RetryAfter);
        }

        Assert.Equal("pong", (await other.RpcAsync("ping"))!.GetValue<string>());
        using var stopped = await flooded.WorkerAsync("stop");
        foreach (var response in await Task.WhenAll(calls))
        {
            Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode); // it was under way and lost its worker
            response.Dispose();
        }
    }
}
