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
                $"{figure.Value:0.##} {figure.Unit}",
                Markup.Escape(figure.BaselineName ?? ""),
                figure.Baseline is { } baseline ? $"{baseline:0.##} {figure.Unit}" : "",
                figure.Ratio is { } ratio ? $"{ratio:0.00}" : "");
        }

        AnsiConsole.Write(table);
    }

    /// <summary>As JSON: an array of one object per figure.</summary>
    public static Task WriteAsync(string file, IReadOnlyList<Figure> figures, CancellationToken cancellationToken) =>
        File.WriteAllTextAsync(file, JsonSerializer.Serialize(figures, Options), cancellationToken);
}
