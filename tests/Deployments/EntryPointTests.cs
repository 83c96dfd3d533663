using RootCx.Core.Deployments;

namespace RootCx.Tests.Deployments;

public sealed class EntryPointTests : IDisposable
{
    private static readonly string[] InOrder = ["index.ts", "index.js", "main.ts", "main.js", "src/index.ts", "src/index.js"];

    private readonly string _root = Directory.CreateTempSubdirectory("rootcx-entry-").FullName;

    private string App => Path.Join(_root, "app");

    [Fact]
    public void The_first_in_order_wins()
    {
        foreach (string path in InOrder)
        {
            Write(path);
        }

        foreach (string path in InOrder)
        {
            Assert.Equal(path, EntryPoint.Resolve(App));
            File.Delete(Path.Join(App, path));
        }

        Assert.Null(EntryPoint.Resolve(App));
    }

    [Theory]
    [InlineData("src/main.ts")]
    [InlineData("Index.ts")]
    [InlineData("index.tsx")]
    [InlineData("lib/index.ts")]
    [InlineData("index.ts/index.ts")]
    public void Other_files_are_none(string path)
    {
        Write(path);
        Assert.Null(EntryPoint.Resolve(App));
    }

    [Fact]
    public void A_directory_of_that_name_is_passed_over()
    {
        Write("index.ts/file");
        Write("main.js");
        Assert.Equal("main.js", EntryPoint.Resolve(App + "/"));
    }

    [Fact]
    public void A_link_to_a_file_inside_counts()
    {
        Write("lib/start.ts");
        File.CreateSymbolicLink(Path.Join(App, "again.ts"), "lib/start.ts");
        File.CreateSymbolicLink(Path.Join(App, "index.ts"), "again.ts");
        Assert.Equal("index.ts", EntryPoint.Resolve(App));
    }

    [Fact]
    public void A_linked_directory_inside_counts()
    {
        Write("lib/index.js");
        File.CreateSymbolicLink(Path.Join(App, "src"), "lib");
        Assert.Equal("src/index.js", EntryPoint.Resolve(App));
    }

    [Fact]
    public void Links_that_lead_out_or_nowhere_do_not_count()
    {
        Write("../outside.ts");
        Write("../app-2/index.ts");
        Write("lib/file");
        File.CreateSymbolicLink(Path.Join(App, "index.ts"), "../outside.ts");
        File.CreateSymbolicLink(Path.Join(App, "index.js"), "missing");
        File.CreateSymbolicLink(Path.Join(App, "main.ts"), "main.ts");
        File.CreateSymbolicLink(Path.Join(App, "main.js"), "lib");
        File.CreateSymbolicLink(Path.Join(App, "src"), "../app-2");
        Assert.Null(EntryPoint.Resolve(App));
    }

    [Fact]
    public void The_message_names_every_candidate()
    {
        Assert.Contains("no entry point", EntryPoint.NotFoundMessage, StringComparison.Ordinal);
        Assert.EndsWith(string.Join(", ", InOrder), EntryPoint.NotFoundMessage, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Write(string path)
    {
        string full = Path.Join(App, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, "");
    }
}
