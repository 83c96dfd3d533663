using Spectre.Console;

namespace RootCx.Local.Launcher;

/// <summary>
/// What the person sees: lines, coloured on a terminal and plain elsewhere. Nothing moves, because what redraws itself does so on a thread of its
/// own, and that one would end the process when the terminal goes away.
/// </summary>
internal sealed class Terminal
{
    // Wide enough that nothing is wrapped in a file.
    private const int RedirectedWidth = 400;

    private readonly IAnsiConsole _out = AnsiConsole.Console;
    private readonly IAnsiConsole _error = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    public Terminal()
    {
        if (Console.IsOutputRedirected)
        {
            MakePlain(_out.Profile);
        }

        if (Console.IsErrorRedirected)
        {
            MakePlain(_error.Profile);
        }
    }

    /// <summary>Something begins.</summary>
    public void Begun(string text) => Safely(() => _out.MarkupLineInterpolated($"[dim]·[/] {text}"));

    /// <summary>Something is done.</summary>
    public void Done(string text) => Safely(() => _out.MarkupLineInterpolated($"[green]✓[/] {text}"));

    /// <summary>Something worth knowing happened.</summary>
    public void Note(string text) => Safely(() => _out.MarkupLineInterpolated($"[yellow]![/] {text}"));

    /// <summary>Something failed, with the log lines that show why.</summary>
    public void Failed(LaunchException failure) => Safely(() =>
    {
        _error.MarkupLineInterpolated($"[red]✗[/] {failure.Message}");
        WriteLog(_error, failure.Log);
    });

    /// <summary>Lines of a log file.</summary>
    public void Log(IReadOnlyList<string> lines) => Safely(() => WriteLog(_out, lines));

    /// <summary>A line exactly as it is, to be copied: never wrapped.</summary>
    public void Verbatim(string line) => Safely(() => _out.Profile.Out.Writer.WriteLine(line));

    /// <summary>Anything that Spectre can draw.</summary>
    public void Draw(Spectre.Console.Rendering.IRenderable drawing) => Safely(() => _out.Write(drawing));

    private static void MakePlain(Profile profile)
    {
        profile.Width = RedirectedWidth;
        profile.Capabilities.Ansi = false;
        profile.Capabilities.ColorSystem = ColorSystem.NoColors;
    }

    private static void WriteLog(IAnsiConsole console, IReadOnlyList<string> lines)
    {
        foreach (var line in lines)
        {
            console.MarkupLineInterpolated($"  [dim]│ {line}[/]");
        }
    }

    // The terminal may be closed while we still have parts to stop.
    private static void Safely(Action write)
    {
        try
        {
            write();
        }
        catch (IOException)
        {
        }
    }
}
