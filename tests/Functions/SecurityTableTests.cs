using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker;
using RootCx.Functions.Api;
using RootCx.Local.Launcher;
using RootCx.Tests.Collections;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Functions;

/// <summary>The table in <c>docs/security.md</c> says what the code does.</summary>
public sealed class SecurityTableTests(PlatformStack stack)
{
    private const string Entity = "items";

    private static readonly List<Row> Table =
    [
        .. from line in File.ReadLines(Path.Combine(NodePackages.FindRepositoryRoot(), "docs", "security.md"))
           let cells = line.Split('|', StringSplitOptions.TrimEntries)
           where cells.Length == 6 && cells[2].StartsWith("`/", StringComparison.Ordinal)
           select new Row(cells[1], cells[2].Trim('`'), cells[3], cells[4] == "yes"),
    ];

    [Fact]
    public void It_has_a_row_for_every_http_function()
    {
        var functions =
            from function in FunctionMethods.WithTrigger<HttpTriggerAttribute>()
            where function.Name != "Fallback"
            from verb in function.Trigger.Methods!
            select $"{verb.ToUpperInvariant()} /{function.Trigger.Route}";
        Assert.Equal(functions.Order(StringComparer.Ordinal), Table.Select(row => $"{row.Method} {row.Path}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Each_row_says_who_is_let_in()
    {
        var manifest = await stack.Admin.InstalledAsync(Collection.Manifest(App.NewId(), ("items", ["title"])));
        var app = await stack.Admin.DeployedAsync("""
            serve({
              call: async ({ method, path }) => {
                const answer = await fetch(`${process.env.ROOTCX_RUNTIME_URL}${path}`, { method, signal: AbortSignal.timeout(5000) });
                const text = path.endsWith("/logs") && answer.ok ? "" : await answer.text();
                return { status: answer.status, text };
              },
            });
            """, manifest.Id);
        var other = await stack.Admin.InstalledAsync(Collection.Manifest(App.NewId(), ("items", ["title"])));
        await stack.Admin.DeployedAsync("serve({});", other.Id);
        var appAdmin = await stack.Anonymous().RegisteredAsync();
        await stack.GrantAsync(appAdmin, $"app:{other.Id}:*");
        foreach (var row in Table)
        {
            // Whoever administers an app is let in there, and is nobody elsewhere.
            if (!row.Path.Contains("everywhere", StringComparison.Ordinal))
            {
                var entitled = await StatusAsync(appAdmin, row.Method, PathOf(row, other));
                var isNoAdmin = row.Who is "admin" or "own, else admin";
                Assert.True((entitled == HttpStatusCode.Forbidden) == isNoAdmin, $"{row.Method} {row.Path}: the app's administrator gets {entitled}");
            }

            if (row.Who.Trim('`') is var key && row.Who.StartsWith('`'))
            {
                var holder = await stack.Anonymous().RegisteredAsync();
                await stack.GrantAsync(holder, $"app:{other.Id}:{key.Replace("{entity}", Entity, StringComparison.Ordinal)}");
                Assert.NotEqual(HttpStatusCode.Forbidden, await StatusAsync(holder, row.Method, PathOf(row, other)));
            }

            var path = PathOf(row, app);
            var nobody = await StatusAsync(stack.Anonymous(), row.Method, path);
            Assert.True((nobody == HttpStatusCode.Unauthorized) == (row.Who != "anybody"), $"{row.Method} {row.Path}: nobody gets {nobody}");

            var user = await StatusAsync(await UserAsync(row), row.Method, path);
            var isRefused = row.Who is "admin" or "app admin" or "own, else admin" || row.Who.StartsWith('`');
            Assert.True((user == HttpStatusCode.Forbidden) == isRefused, $"{row.Method} {row.Path}: a user gets {user}");

            if (row.Path.Contains("worker/stop", StringComparison.Ordinal))
            {
                continue; // whoever asks is the worker
            }

            var worker = (await app.RpcAsync("call", new JsonObject { ["method"] = row.Method, ["path"] = path }))!;
            var isShutOut = worker["status"]!.GetValue<int>() == 403 && worker["text"]!.GetValue<string>().Contains("may not do this in its own name", StringComparison.Ordinal);
            Assert.True(isShutOut != row.Worker, $"{row.Method} {row.Path}: the worker gets {worker.ToJsonString()}");
        }
    }

    private static string PathOf(Row row, App app) => row.Path
        .Replace("{appId}", app.Id, StringComparison.Ordinal)
        .Replace("{entity}/{id}", $"{Entity}/{Guid.NewGuid()}", StringComparison.Ordinal)
        .Replace("{entity}", Entity, StringComparison.Ordinal)
        .Replace("{identityKind}", "person", StringComparison.Ordinal)
        .Replace("{id}", "1", StringComparison.Ordinal)
        .Replace("{version}", "999", StringComparison.Ordinal)
        .Replace("{name}", "no_such_role", StringComparison.Ordinal)
        .Replace("{key}", "NO_SUCH_KEY", StringComparison.Ordinal)
        .Replace("{userId}", Guid.NewGuid().ToString(), StringComparison.Ordinal)
        .Replace("{sessionId}", Guid.NewGuid().ToString(), StringComparison.Ordinal)
        .Replace("{cronId}", Guid.NewGuid().ToString(), StringComparison.Ordinal)
        .Replace("{hookId}", Guid.NewGuid().ToString(), StringComparison.Ordinal);

    // One that is signed out afterwards is not the stack's.
    private async Task<ApiClient> UserAsync(Row row) =>
        row.Path.Contains("everywhere", StringComparison.Ordinal) ? await stack.Anonymous().RegisteredAsync() : stack.User;

    private static async Task<HttpStatusCode> StatusAsync(ApiClient client, string method, string path)
    {
        using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), HttpCompletionOption.ResponseHeadersRead);
        return answer.StatusCode;
    }

    private sealed record Row(string Method, string Path, string Who, bool Worker);
}
