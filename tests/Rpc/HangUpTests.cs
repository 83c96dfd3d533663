using System.Net.Http.Json;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Rpc;

public sealed class HangUpTests(PlatformStack stack)
{
    [Fact]
    public async Task A_client_that_hangs_up_frees_its_place_and_its_handler_runs_on()
    {
        var app = await stack.Admin.DeployedAsync(
            """
            let end;
            const ends = new Promise((resolve) => (end = resolve));
            serve({ wait: async () => { log.info("waiting"); await ends; log.info("ran on"); }, end: () => end() });
            """);
        using var logs = await app.LogsAsync();
        using var http = new HttpClient();
        using var leaving = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(stack.ApiUrl, $"/api/v1/apps/{app.Id}/rpc"));
        request.Content = JsonContent.Create(new JsonObject { ["method"] = "wait" });
        request.Headers.Authorization = new("Bearer", app.Client.Token);

        var call = http.SendAsync(request, leaving.Token);
        await logs.WaitForAsync("info", "waiting");
        Assert.Equal(1, await InFlightAsync());
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Eventually.TrueAsync(async () => await InFlightAsync() == 0, "the call still takes a place");

        await app.RpcAsync("end");
        await logs.WaitForAsync("info", "ran on");

        async Task<int> InFlightAsync() => (await app.DetailAsync())["detail"]!["calls_in_flight"]!.GetValue<int>(); // it runs
    }
}
