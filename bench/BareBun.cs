using System.Diagnostics;
using RootCx.Local.Launcher;

namespace RootCx.Bench;

/// <summary>Bun without anything of ours, for comparison.</summary>
internal sealed class BareBun : IDisposable
{
    private const string Echo = """for await (const line of console) { const { id, params } = JSON.parse(line); process.stdout.write(JSON.stringify({ id, result: params }) + "\n"); }""";

    private const string Http = """
        const handlers = { greet: (params) => ({ message: `Hello, ${params.name}!` }), echo: (params) => params };
        const server = Bun.serve({
          port: 0,
          hostname: "127.0.0.1",
          fetch: async (request) => {
            const { method, params } = await request.json();
            return Response.json(handlers[method](params));
          },
        });
        console.log(server.url.href);
        """;

    private readonly Process _process;

    private BareBun(Process process) => _process = process;

    /// <summary>Starts a process that prints one line, reads the line, and kills it.</summary>
    public static async Task StartAndReadAsync()
    {
        using var bun = Start("console.log('ready'); setInterval(() => {}, 1000);");
        await bun.ReadLineAsync();
    }

    /// <summary>Starts a process that answers each JSON line on standard input with one on standard output.</summary>
    public static BareBun StartEcho() => Start(Echo);

    /// <summary>Starts an HTTP server with the handlers of the app that calls are measured with.</summary>
    public static Process StartHttp() => Start(Http)._process;

    /// <summary>One line there and one back.</summary>
    public async Task RoundTripAsync()
    {
        await _process.StandardInput.WriteAsync("""{"id":"1","method":"echo","params":{"name":"Ada"}}""" + "\n");
        await _process.StandardInput.FlushAsync();
        await ReadLineAsync();
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private async Task ReadLineAsync()
    {
        if (await _process.StandardOutput.ReadLineAsync() is null)
        {
            throw new InvalidOperationException("Bun ended without a word.");
        }
    }

    private static BareBun Start(string script) => new(Process.Start(new ProcessStartInfo(NodePackages.Installed.Bun, ["-e", script])
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!); // a new process, so there is one
}
