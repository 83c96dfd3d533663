using RootCx.Core.Logs;

namespace RootCx.SupervisorHost.Workers;

/// <summary>Keeps the last lines of something, to say them when it fails.</summary>
internal sealed class OutputTail(int lines = 20)
{
    private const int LineBytes = 1024;

    private readonly Queue<string> _lines = new();

    /// <summary>Adds a line; returns how many were added so far.</summary>
    public int Add(string line)
    {
        lock (_lines)
        {
            _lines.Enqueue(LogText.Fit(line, LineBytes));
            if (_lines.Count > lines)
            {
                _lines.Dequeue();
            }

            return ++Count;
        }
    }

    /// <summary>How many lines were added.</summary>
    public int Count { get; private set; }

    /// <summary>The last lines.</summary>
    public override string ToString()
    {
        lock (_lines)
        {
            return string.Join('\n', _lines);
        }
    }
}
