using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json.Nodes;

namespace RootCx.Local.Launcher;

/// <summary>The example app: installed, filled and deployed at every start, so that there is something to try.</summary>
internal sealed class Demo(string repositoryRoot, PlatformClient platform, Terminal terminal)
{
    public const string App = "sales_crm";

    private const string Pages = "frontend";

    // What a developer's machine may have in the folder and no deployment needs; the pages are deployed by themselves.
    private static readonly string[] LeftOut = ["node_modules", ".git", Pages];

    /// <summary>Installs, deploys and calls it. A failure is told and is no reason to stop.</summary>
    /// <returns>Whether it runs.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellation)
    {
        var folder = Path.Combine(repositoryRoot, "examples", App);
        try
        {
            if (!Directory.Exists(folder) || !Directory.EnumerateFiles(folder).Any())
            {
                throw new LaunchException($"There is no example app in {folder}.");
            }

            await platform.InstallAsync(App, await File.ReadAllTextAsync(Path.Combine(folder, "manifest.json"), cancellation), cancellation);
            var records = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "records.json"), cancellation))!.AsObject(); // a file of ours
            foreach (var (entity, rows) in records)
            {
                await platform.FillAsync(App, entity, rows!, cancellation);
            }

            await platform.DeployAsync(App, await PackAsync(folder, cancellation), cancellation);
            var answer = await platform.CallAsync(App, "greet", new JsonObject { ["name"] = "Ada" }, cancellation);
            var pages = await platform.DeployFrontendAsync(App, await PackAsync(Path.Combine(folder, Pages), cancellation), cancellation);
            terminal.Done($"Example app {App} deployed; greet answers {answer}; its pages are at {pages}");
            return true;
        }
        catch (LaunchException failure)
        {
            terminal.Note(failure.Message);
            return false;
        }
    }

    // As "tar -czf archive.tar.gz ." would: entries begin with "./".
    private static async Task<byte[]> PackAsync(string folder, CancellationToken cancellation)
    {
        using var bytes = new MemoryStream();
        await using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        await using (var tar = new TarWriter(gzip, TarEntryFormat.Pax))
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                var name = Path.GetRelativePath(folder, file);
                if (!name.Split(Path.DirectorySeparatorChar).Intersect(LeftOut).Any())
                {
                    await tar.WriteEntryAsync(file, "./" + name, cancellation);
                }
            }
        }

        return bytes.ToArray();
    }
}
