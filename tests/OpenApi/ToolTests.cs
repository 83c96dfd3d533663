using System.Text.Json.Nodes;
using RootCx.Local.Launcher;
using RootCx.Tests.Platform;

namespace RootCx.Tests.OpenApi;

/// <summary>Tools that others made can use the description.</summary>
public sealed class ToolTests(PlatformStack stack) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rootcx-openapi-").FullName;

    [Fact]
    public async Task It_lints_clean()
    {
        var document = await DownloadAsync();
        await NodeTool.RunAsync(
            _folder, "@redocly/cli/bin/cli.js", "lint", "--config", Path.Combine(NodePackages.FindRepositoryRoot(), "redocly.yaml"), "--max-problems", "1000", document);
    }

    [Fact]
    public async Task A_client_that_is_generated_from_it_compiles_and_calls_an_app()
    {
        var document = await DownloadAsync();
        var sources = Path.Combine(NodePackages.FindRepositoryRoot(), "tests", "OpenApi", "Client");
        foreach (var file in Directory.GetFiles(sources))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        }

        Directory.CreateSymbolicLink(Path.Combine(_folder, "node_modules"), NodeTool.Modules);
        await NodeTool.RunAsync(_folder, "openapi-typescript/bin/cli.js", document, "--output", "api.d.ts");
        await NodeTool.RunAsync(_folder, "typescript/bin/tsc", "--noEmit", "--project", ".");

        var app = await stack.Admin.DeployedAsync("serve({ greet: ({ name }) => ({ message: `Hello, ${name}!` }) });");
        var printed = await NodeTool.RunProgramAsync(_folder, NodePackages.Installed.Bun, "calls.ts", stack.ApiUrl.ToString().TrimEnd('/'), stack.Admin.Token!, app.Id); // signed in
        var expected = new JsonObject
        {
            ["email"] = stack.Admin.User!["email"]!.GetValue<string>(), // signed in
            ["status"] = 200,
            ["greeting"] = new JsonObject { ["message"] = "Hello, Ada!" },
            ["refusal"] = "job 4711 not found",
        };
        Assert.Equal(expected.ToJsonString(), JsonNode.Parse(printed)!.ToJsonString());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<string> DownloadAsync()
    {
        using var answer = await stack.Anonymous().GetAsync("/api/v1/openapi.json");
        var file = Path.Combine(_folder, "openapi.json");
        await File.WriteAllBytesAsync(file, await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        return file;
    }
}
