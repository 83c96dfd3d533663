using System.Text.Json;
using Spectre.Console;

namespace RootCx.Bench;

/// <summary>Shows figures.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>As a table on the terminal.</summary>
    public static void Print(IReadOnlyList<Figure> figures)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("What", "Value", "Compared with", "Its value", "Ratio");
        table.Columns[1].RightAligned();
        table.Columns[3].RightAligned();
        table.Columns[4].RightAligned();
        foreach (var figure in figures)
        {
            table.AddRow(
                Markup.Escape(figure.Name),
                Shown(figure.Value, figure.Unit),
                Markup.Escape(figure.BaselineName ?? ""),
                figure.Baseline is { } baseline ? Shown(baseline, figure.Unit) : "",
                figure.Ratio is { } ratio ? $"{ratio:0.00}" : "");
        }

        AnsiConsole.Write(table);
    }

    /// <summary>As a table for a document.</summary>
    public static void PrintMarkdown(IReadOnlyList<Figure> figures)
    {
        Console.WriteLine("| | ours | compared with | | ratio |\n|---|---|---|---|---|");
        foreach (var figure in figures)
        {
            var baseline = figure.Baseline is { } value ? Shown(value, figure.Unit) : "";
            Console.WriteLine($"| {figure.Name} | {Shown(figure.Value, figure.Unit)} | {figure.BaselineName} | {baseline} | {figure.Ratio:0.00} |");
        }
    }

    /// <summary>As JSON: an array of one object per figure.</summary>
    public static Task WriteAsync(string file, IReadOnlyList<Figure> figures, CancellationToken cancellationToken) =>
        File.WriteAllTextAsync(file, JsonSerializer.Serialize(figures, Options), cancellationToken);

    private static string Shown(double value, string unit) => (value < 100 ? $"{value:0.##} {unit}" : $"{value:#,0} {unit}").TrimEnd();
}
