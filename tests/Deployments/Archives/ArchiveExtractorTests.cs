using System.Runtime.Versioning;
using RootCx.Core.Deployments.Archives;

namespace RootCx.Tests.Deployments.Archives;

public sealed class ArchiveExtractorTests
{
    private const UnixFileMode OwnerAll = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public static TheoryData<string> Hostile => [.. HostileArchives.All.Keys];

    public static TheoryData<string> Fine => [.. FineArchives.All.Keys];

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Hostile))]
    public async Task A_hostile_archive_is_refused(string name)
    {
        (byte[] archive, string message) = HostileArchives.All[name];
        using var area = new StagingArea();
        ArchiveException refusal = await Assert.ThrowsAsync<ArchiveException>(() => area.ExtractAsync(archive));
        Assert.StartsWith(message, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(refusal.Message, char.IsControl);
        Assert.InRange(refusal.Message.Length, 1, 500);
        area.AssertNothingOutside();
    }

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Fine))]
    public async Task A_fine_archive_is_unpacked(string name)
    {
        (byte[] archive, string[] tree) = FineArchives.All[name];
        using var area = new StagingArea();
        ExtractedArchive result = await area.ExtractAsync(archive);
        Assert.Equal(tree.Order(StringComparer.Ordinal), area.Tree());
        Assert.Equal(tree.Count(path => !path.EndsWith('/')), result.Files);
        area.AssertNothingOutside();
    }

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Fine))]
    public async Task A_fine_archive_is_unpacked_when_it_arrives_byte_by_byte(string name)
    {
        (byte[] archive, string[] tree) = FineArchives.All[name];
        using var area = new StagingArea();
        await area.ExtractAsync(new TrickleStream(archive));
        Assert.Equal(tree.Order(StringComparer.Ordinal), area.Tree());
    }

    [Fact]
    public async Task Content_is_kept()
    {
        byte[] noise = TarBuilder.Noise(7, 1_000_003);
        using var area = new StagingArea();
        ExtractedArchive result = await area.ExtractAsync(
            new TarBuilder().File("noise", noise).File("none", "").File("text", "text").HardLink("copy", "noise").SymbolicLink("d/link", "../text").ToGzip());
        Assert.Equal(new ExtractedArchive(5, 2_000_010), result);
        Assert.Equal(noise, File.ReadAllBytes(area["noise"]));
        Assert.Equal(noise, File.ReadAllBytes(area["copy"]));
        Assert.Equal("", area.Text("none"));
        Assert.Equal("text", area.Text("d/link"));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Modes_keep_reading_and_executing_and_nothing_else()
    {
        using var area = new StagingArea();
        await area.ExtractAsync(new TarBuilder()
            .File("special", "x", 0b111_111_111_111).File("run", "x", 0b111_101_101).File("bare", "x", 0)
            .Directory("closed", 0).File("closed/file").Directory("sticky", 0b111_111_111_111).ToGzip());
        UnixFileMode shared = OwnerAll | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        Assert.Equal(shared, File.GetUnixFileMode(area["special"]));
        Assert.Equal(shared, File.GetUnixFileMode(area["run"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(area["bare"]));
        Assert.Equal(OwnerAll, File.GetUnixFileMode(area["closed"]));
        Assert.Equal(shared, File.GetUnixFileMode(area["sticky"]));
    }

    [Fact]
    public async Task Modification_times_are_kept()
    {
        using var area = new StagingArea();
        await area.ExtractAsync(new TarBuilder()
            .File("a").Pax('x', ("mtime", "1600000000.5")).File("b").Pax('x', ("mtime", "-5")).File("c").HardLink("d", "a").ToGzip());
        Assert.Equal(DateTime.UnixEpoch.AddSeconds(1_700_000_000), File.GetLastWriteTimeUtc(area["a"]));
        Assert.Equal(DateTime.UnixEpoch.AddSeconds(1_600_000_000.5), File.GetLastWriteTimeUtc(area["b"]));
        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(area["c"]));
        Assert.Equal(DateTime.UnixEpoch.AddSeconds(1_700_000_000), File.GetLastWriteTimeUtc(area["d"]));
    }

    [Fact]
    public async Task A_target_that_steps_back_over_a_link_does_not_lead_out()
    {
        using var area = new StagingArea();
        await area.ExtractAsync(new TarBuilder()
            .File("a/b/x", "inside").SymbolicLink("a/b/up", "../..").SymbolicLink("trap", "a/b/up/../x").ToGzip());
        Assert.Equal("a/b/x", new FileInfo(area["trap"]).LinkTarget);
        Assert.Equal("inside", area.Text("trap"));
        area.AssertNothingOutside();
    }

    [Fact]
    public async Task A_directory_that_is_not_empty_is_the_callers_mistake()
    {
        using var area = new StagingArea();
        File.WriteAllText(area["file"], "");
        await Assert.ThrowsAsync<ArgumentException>(() => area.ExtractAsync(new TarBuilder().File("a").ToGzip()));
    }
}
