using System.Text.Json;
using RootCx.Core.Logs;
using RootCx.Core.Secrets;

namespace RootCx.SupervisorHost.Workers;

/// <summary>What people read of a worker: its log, and the last lines of it. Everything is masked before it is cut or kept.</summary>
internal sealed class WorkerOutput(Action<string, string> log, SecretMask mask)
{
    /// <summary>The last lines it wrote to standard error or logged as errors.</summary>
    public OutputTail Errors { get; } = new();

    /// <summary>The last lines of all that it wrote or logged.</summary>
    public OutputTail Said { get; } = new();

    /// <summary>A line came on standard output that is no message.</summary>
    public void StandardOutput(string line)
    {
        var text = mask.Apply(line);
        Said.Add(text);
        log(LogLevels.StandardOutput, text);
    }

    /// <summary>A line came on standard error.</summary>
    public void StandardError(string line)
    {
        var text = mask.Apply(line);
        Said.Add(text);
        Errors.Add(text);
        log(LogLevels.StandardError, text);
    }

    /// <summary>It logged something.</summary>
    public void Logged(JsonElement message)
    {
        var level = message.TryGetProperty("level", out var given) ? given.GetString() ?? "info" : "info";
        var said = message.GetProperty("message");
        var text = mask.Apply(WorkerAnswer.TextOf(said));
        Said.Add(text);
        if (level == "error")
        {
            Errors.Add(text);
        }

        log(mask.Apply(level), text);
    }

    /// <summary>It told of an event.</summary>
    public void Emitted(JsonElement message)
    {
        var data = message.TryGetProperty("data", out var given) ? given.GetRawText() : "{}";
        log(LogLevels.Event, mask.Apply($"{message.GetProperty("name").GetString()}: {data}"));
    }

    /// <summary>It said something that nobody understands.</summary>
    public void Malformed() => log(LogLevels.System, "malformed message from the worker dropped");
}
