using System.Diagnostics;
using RootCx.Core.Processes;

namespace RootCx.Bench;

/// <summary>Bun without anything of ours, for comparison.</summary>
internal sealed class BareBun : IDisposable
{
    private const string Echo = """for await (const line of console) { const { id, params } = JSON.parse(line); process.stdout.write(JSON.stringify({ id, result: params }) + "\n"); }""";

    private readonly Process _process;

    private BareBun(Process process) => _process = process;

    /// <summary>The program that the repository pins.</summary>
    public static string Program { get; } = Find();

    /// <summary>Starts a process that prints one line, reads the line, and kills it.</summary>
    public static async Task StartAndReadAsync()
    {
        using var bun = Start("console.log('ready'); setInterval(() => {}, 1000);");
        await bun.ReadLineAsync();
    }

    /// <summary>Starts a process that answers each JSON line on standard input with one on standard output.</summary>
    public static BareBun StartEcho() => Start(Echo);

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

    private static BareBun Start(string script) => new(Process.Start(new ProcessStartInfo(Program, ["-e", script])
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!); // a new process, so there is one

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var program = Path.Combine(folder.FullName, "node_modules", ".bin", "bun");
            if (File.Exists(program))
            {
                return program;
            }
        }

        return UnixTools.Find("bun") ?? throw new InvalidOperationException("Bun is not installed: run ./run or npm ci first.");
    }
}
