using System.Text;
using RootCx.Core.Logs;
using RootCx.SupervisorHost.Workers;

namespace RootCx.SupervisorHost.Packages;

/// <summary>What an install says: its beginning goes to the app's log, its end into the error. Both have their bounds, whatever it says.</summary>
/// <param name="write">Takes a line for the log.</param>
/// <param name="cache">The cache's address, which means nothing to the reader.</param>
/// <param name="registry">What is shown instead.</param>
internal sealed class InstallOutput(Action<string> write, Uri cache, Uri registry)
{
    /// <summary>Bytes of one line; what is over is left out with a mark.</summary>
    public const int LineBytes = 1024;

    private const int MostLines = 200;
    private const int MostBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly OutputTail _tail = new();
    private int _lines;
    private int _bytes;
    private bool _full;

    /// <summary>Takes the next line.</summary>
    public void Add(string line)
    {
        line = LogText.Fit(line.Replace(cache.AbsoluteUri, registry.AbsoluteUri, StringComparison.Ordinal), LineBytes);
        lock (_gate)
        {
            _tail.Add(line);
            if (_full)
            {
                return;
            }

            _full = ++_lines > MostLines || (_bytes += Encoding.UTF8.GetByteCount(line)) > MostBytes;
            write(_full ? "bun install: (further output left out)" : $"bun install: {line}");
        }
    }

    /// <summary>Its last lines.</summary>
    public override string ToString() => _tail.ToString();
}
