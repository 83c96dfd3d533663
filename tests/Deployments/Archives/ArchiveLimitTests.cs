using RootCx.Core.Deployments.Archives;

namespace RootCx.Tests.Deployments.Archives;

public sealed class ArchiveLimitTests
{
    [Fact]
    public async Task A_bomb_is_refused_by_its_ratio()
    {
        using var area = new StagingArea();
        await RefusedAsync(area, new TarBuilder().File("zeros", new byte[40_000_000]).ToGzip(), "archive unpacks to more than 200 times its compressed size");
        Assert.InRange(new FileInfo(area["zeros"]).Length, 10_000_000, 11_000_000);
    }

    [Fact]
    public async Task A_bomb_in_a_skipped_entry_is_refused()
    {
        using var area = new StagingArea();
        await RefusedAsync(area, new TarBuilder().File("._zeros", new byte[40_000_000]).ToGzip(), "archive unpacks to more than 200 times its compressed size");
    }

    [Fact]
    public async Task Below_10_MiB_any_ratio_is_fine()
    {
        using var area = new StagingArea();
        Assert.Equal(1, (await area.ExtractAsync(new TarBuilder().File("zeros", new byte[10_000_000]).ToGzip())).Files);
    }

    [Fact]
    public async Task Unpacked_bytes_are_limited()
    {
        using var area = new StagingArea { Limits = new ArchiveLimits { UnpackedBytes = 100_000 } };
        byte[] archive = new TarBuilder().File("a", TarBuilder.Noise(1, 60_000)).File("b", TarBuilder.Noise(2, 60_000)).ToGzip();
        await RefusedAsync(area, archive, "archive unpacks to more than 100000 bytes");
    }

    [Fact]
    public async Task Copies_made_for_hard_links_count()
    {
        using var area = new StagingArea { Limits = new ArchiveLimits { UnpackedBytes = 200_000 } };
        var archive = new TarBuilder().File("a", TarBuilder.Noise(1, 60_000));
        for (int i = 0; i < 10; i++)
        {
            archive.HardLink($"copy{i}", "a");
        }

        await RefusedAsync(area, archive.ToGzip(), "archive unpacks to more than 200000 bytes");
        Assert.Equal(3, area.Tree().Length);
    }

    [Fact]
    public async Task A_claimed_size_takes_no_room()
    {
        using var area = new StagingArea();
        byte[] archive = new TarBuilder().Entry("a", '0', "x"u8.ToArray(), tweak: header => TarBuilder.Put(header, 124, "02000000000")).ToGzip();
        await RefusedAsync(area, archive, "extract archive: truncated");
        Assert.InRange(new FileInfo(area["a"]).Length, 0, 2000);
    }

    [Fact]
    public async Task Sixty_thousand_entries_are_too_many()
    {
        var archive = new TarBuilder();
        for (int i = 0; i < 60_000; i++)
        {
            archive.Directory("same");
        }

        using var area = new StagingArea { Limits = new ArchiveLimits { Ratio = 100_000 } };
        await RefusedAsync(area, archive.ToGzip(), "archive has more than 50000 entries");
    }

    [Fact]
    public async Task Directories_that_are_only_implied_count_as_entries()
    {
        string deep = string.Concat(Enumerable.Repeat("d/", 40));
        var archive = new TarBuilder();
        for (int i = 0; i < 10; i++)
        {
            archive.File($"{i}/{deep}f");
        }

        using var area = new StagingArea { Limits = new ArchiveLimits { Entries = 100 } };
        await RefusedAsync(area, archive.ToGzip(), "archive has more than 100 entries");
        Assert.InRange(area.Tree().Length, 1, 100);
    }

    [Fact]
    public async Task Paths_are_measured_in_bytes()
    {
        using var area = new StagingArea { Limits = new ArchiveLimits { PathBytes = 10 } };
        await area.ExtractAsync(new TarBuilder().File("ééééé").ToGzip());
        area.Clear();
        await RefusedAsync(area, new TarBuilder().File("ééééé1").ToGzip(), "archive entry has a path of more than 10 bytes: ééééé1");
    }

    [Fact]
    public async Task An_extended_header_that_grows_is_refused_before_it_is_read()
    {
        using var area = new StagingArea();
        byte[] archive = new TarBuilder().Pax('x', ("comment", new string('c', 2_000_000))).File("a").ToGzip();
        await RefusedAsync(area, archive, "archive has an extended header of more than 1048576 bytes");
        area.Clear();
        await area.ExtractAsync(new TarBuilder().Pax('x', ("comment", new string('c', 1_000_000))).File("a").ToGzip());
        Assert.Equal(["a"], area.Tree());
    }

    private static async Task RefusedAsync(StagingArea area, byte[] archive, string message)
    {
        ArchiveException refusal = await Assert.ThrowsAsync<ArchiveException>(() => area.ExtractAsync(archive));
        Assert.Equal(message, refusal.Message);
        area.AssertNothingOutside();
    }
}
