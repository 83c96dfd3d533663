using System.Net;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Deployments;

/// <summary>How a deployment comes along, as a stream.</summary>
public sealed class DeploymentEventTests(PlatformStack stack)
{
    [Fact]
    public async Task All_steps_are_told_in_order_also_to_those_who_come_late()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        var events = await app.EventsAsync(1);
        Assert.Equal(["received", "unpacked", "installing", "starting", "live"], events.Select(step => step.Data["state"]!.ToString()));
        Assert.All(events, step => Assert.Equal(["state", "at"], step.Data.AsObject().Select(field => field.Key)));
        Assert.Equal(events.Select(step => step.Id).Order(), events.Select(step => step.Id));
        var times = events.Select(step => step.Data["at"]!.GetValue<DateTimeOffset>()).ToList();
        Assert.Equal(times.Order(), times);

        var rest = await app.EventsAsync(1, after: events[2].Id);
        Assert.Equal(["starting", "live"], rest.Select(step => step.Data["state"]!.ToString()));
        Assert.Equal(["live"], (await app.EventsAsync(1, after: events[^1].Id)).Select(step => step.Data["state"]!.ToString()));
    }

    [Fact]
    public async Task One_that_fails_ends_with_the_reason()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        (await stack.Admin.DeployAsync(app.Id, AppArchive.Of("throw new Error('no luck');"))).Dispose();
        (await stack.Admin.DeployAsync(app.Id, AppArchive.Of(("readme.md", "")))).Dispose();

        var events = await app.EventsAsync(2);
        Assert.Equal(["received", "unpacked", "installing", "starting", "failed"], events.Select(step => step.Data["state"]!.ToString()));
        Assert.Contains("no luck", events[^1].Data["error"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal(["received", "failed"], (await app.EventsAsync(3)).Select(step => step.Data["state"]!.ToString()));
    }

    [Fact]
    public async Task They_come_while_it_is_under_way()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        using var gate = new Gate(stack);
        var form = new MultipartFormDataContent { { new ByteArrayContent(AppArchive.Of($"serve({{}}, {{ {gate.Hook} }});")), "archive", "a.tar.gz" } };
        (await stack.Admin.PostAsync($"/api/v1/apps/{app.Id}/deploy?wait=false", form)).Dispose();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/apps/{app.Id}/deployments/2/events");
        using var answer = await stack.Admin.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        await ReadUntilAsync(reader, "\"starting\"");
        Assert.Equal("starting", (await (await app.GetVersionAsync(2)).JsonAsync(HttpStatusCode.OK))["state"]!.ToString());

        gate.Open();
        await ReadUntilAsync(reader, "\"live\"");
        await reader.ReadLineAsync(TestContext.Current.CancellationToken); // the frame's own end
        Assert.Null(await reader.ReadLineAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_activation_begins_anew()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        await stack.Admin.DeployedAsync("serve({});", app.Id);
        Assert.Equal(HttpStatusCode.OK, (await app.ActivateAsync(1)).StatusCode);
        Assert.Equal(["received", "starting", "live"], (await app.EventsAsync(1)).Select(step => step.Data["state"]!.ToString()));
    }

    [Fact]
    public async Task Of_what_is_not_there_nothing_is_told()
    {
        var app = await stack.Admin.DeployedAsync("serve({});");
        await (await app.GetVersionAsync(2, "/events")).AssertErrorAsync(HttpStatusCode.NotFound, $"version 2 of app '{app.Id}' not found");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/apps/{app.Id}/deployments/1/events");
        request.Headers.Add("Last-Event-ID", "first");
        await (await stack.Admin.SendAsync(request)).AssertErrorAsync(HttpStatusCode.BadRequest, "Last-Event-ID must be the id of an event: a whole number");
    }

    private static async Task ReadUntilAsync(StreamReader reader, string what)
    {
        string? line;
        do
        {
            line = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.NotNull(line);
        }
        while (!line.Contains(what, StringComparison.Ordinal));
    }
}
