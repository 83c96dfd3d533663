using System.Diagnostics;
using RootCx.Core.Processes;
using RootCx.SupervisorHost.Packages;

namespace RootCx.Tests.Processes;

public sealed class FileTreesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rootcx-trees-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Links_go_and_what_they_lead_to_stays()
    {
        var outside = _folder.CreateSubdirectory("outside");
        await File.WriteAllTextAsync(Path.Combine(outside.FullName, "kept"), "", TestContext.Current.CancellationToken);
        var tree = _folder.CreateSubdirectory("tree");
        tree.CreateSubdirectory("below");
        Directory.CreateSymbolicLink(Path.Combine(tree.FullName, "below", "link"), outside.FullName);

        FileTrees.Delete(tree.FullName);
        Assert.False(Directory.Exists(tree.FullName));
        Assert.True(File.Exists(Path.Combine(outside.FullName, "kept")));
        FileTrees.Delete(tree.FullName);
    }

    [Fact]
    public async Task A_tree_deeper_than_the_system_can_name_takes_more_than_any_limit_and_can_be_deleted()
    {
        var tree = _folder.CreateSubdirectory("tree");
        const string Nest = "for i in $(seq 300); do mkdir aaaaaaaaaaaaaaaaaaaa && cd -P aaaaaaaaaaaaaaaaaaaa || exit 1; done";
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Nest]) { WorkingDirectory = tree.FullName })!;
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, shell.ExitCode);

        Assert.Equal(long.MaxValue, DiskUse.Of(tree.FullName));
        FileTrees.Delete(tree.FullName);
        Assert.False(Directory.Exists(tree.FullName));
    }
}
