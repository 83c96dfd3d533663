using System.Diagnostics;
using System.Text.Json.Nodes;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Faults;

/// <summary>Calls apps again and again, one after the other through each of several hosts of the API, each call with an id of its own.</summary>
internal sealed class CallLoad : IAsyncDisposable
{
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(20);

    private readonly Task _running;
    private volatile bool _over;

    /// <summary>Begins.</summary>
    /// <param name="apps">Apps of <see cref="Source"/>.</param>
    /// <param name="clients">Whom they are called through.</param>
    public CallLoad(IReadOnlyList<App> apps, IReadOnlyList<ApiClient> clients) => _running = Task.WhenAll(
        from app in apps
        from client in clients
        select CallAsync(app.As(client)));

    /// <summary>What became of them.</summary>
    public CallBook Book { get; } = new();

    /// <summary>An app whose <c>run</c> notes each call in a file of <paramref name="folder"/>, takes a moment, and returns the call's id.</summary>
    public static string Source(string folder) => $$"""
        import { appendFileSync } from "node:fs";
        const notes = `{{folder}}/${crypto.randomUUID()}`;
        serve({ run: async ({ id }) => { appendFileSync(notes, id + "\n"); await Bun.sleep(20); return id; } });
        """;

    /// <summary>Makes no more calls, and waits for those under way.</summary>
    public Task StopAsync()
    {
        _over = true;
        return _running;
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task CallAsync(App app)
    {
        while (!_over)
        {
            var id = Guid.NewGuid().ToString("n");
            var begun = Stopwatch.GetTimestamp();
            try
            {
                using var answer = await app.SendRpcAsync("run", new JsonObject { ["id"] = id });
                var text = await answer.Content.ReadAsStringAsync();
                Book.Add(new CallOutcome(id, answer.StatusCode, text, Stopwatch.GetElapsedTime(begun)));
            }
            catch (HttpRequestException exception)
            {
                Book.Add(new CallOutcome(id, Status: null, exception.Message, Stopwatch.GetElapsedTime(begun)));
            }

            await Task.Delay(Rest); // a steady load, and not all that the machine can do
        }
    }
}
