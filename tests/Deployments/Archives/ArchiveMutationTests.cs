using RootCx.Core.Deployments.Archives;

namespace RootCx.Tests.Deployments.Archives;

/// <summary>Damages archives at random, from fixed seeds: the outcome is a tree or a refusal, never another exception.</summary>
public sealed class ArchiveMutationTests
{
    private const int Rounds = 700;

    private static readonly byte[] Start = new TarBuilder()
        .Pax('g', ("comment", "commit"))
        .Directory("./").File("./index.ts", "serve()", 0b111_101_101)
        .Pax('x', ("path", "src/long-name.ts"), ("size", "700"), ("mtime", "1700000000.25")).File("cut", TarBuilder.Noise(1, 700))
        .GnuLong('L', "lib/" + new string('n', 120)).Entry("cut", '0', TarBuilder.Noise(2, 90), gnu: true)
        .SymbolicLink("lib/link", "../index.ts").HardLink("copy", "index.ts").SymbolicLink("up", "lib")
        .GnuLong('K', "lib/link").Entry("again", '2', link: "cut", gnu: true)
        .File("._index.ts").File("last")
        .ToTar();

    [Theory(Timeout = 300_000)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_damaged_tar_unpacks_or_is_refused(int seed)
    {
        (int fine, int refused) = await RunAsync(seed, random => TarBuilder.Gzip(Damage(Start, random, resealed: random.Next(4) > 0)));
        Assert.True(fine > 0 && refused > 0, $"{fine} fine, {refused} refused");
    }

    [Theory(Timeout = 300_000)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task A_damaged_gzip_file_unpacks_or_is_refused(int seed)
    {
        byte[] packed = TarBuilder.Gzip(Start);
        (_, int refused) = await RunAsync(seed, random => Damage(packed, random, resealed: false));
        Assert.InRange(refused, Rounds / 2, Rounds);
    }

    [Fact]
    public async Task Every_cut_of_an_archive_is_refused()
    {
        byte[] packed = TarBuilder.Gzip(Start);
        using var area = new StagingArea();
        for (int length = 0; length < packed.Length; length++)
        {
            await Assert.ThrowsAsync<ArchiveException>(() => area.ExtractAsync(packed[..length]));
            area.Clear();
        }
    }

    private static async Task<(int Fine, int Refused)> RunAsync(int seed, Func<Random, byte[]> make)
    {
        using var area = new StagingArea { Limits = new ArchiveLimits { UnpackedBytes = 10_000_000 } };
        var random = new Random(seed);
        (int fine, int refused) = (0, 0);
        for (int round = 0; round < Rounds; round++)
        {
            byte[] archive = make(random);
            Exception? outcome = await Record.ExceptionAsync(() => area.ExtractAsync(archive));
            Assert.True(outcome is null or ArchiveException, $"seed {seed}, round {round}: {outcome}");
            _ = outcome is null ? fine++ : refused++;
            area.AssertNothingOutside();
            area.Clear();
        }

        return (fine, refused);
    }

    private static byte[] Damage(byte[] bytes, Random random, bool resealed)
    {
        byte[] damaged = [.. bytes];
        for (int changes = random.Next(1, 6); changes > 0; changes--)
        {
            int at = random.Next(damaged.Length);
            switch (random.Next(8))
            {
                case 0:
                    damaged = damaged[..at];
                    break;
                case 1:
                    damaged = [.. damaged[..at], .. damaged[Math.Min(damaged.Length, at + random.Next(600))..]];
                    break;
                case 2:
                    damaged = [.. damaged[..at], .. damaged[random.Next(damaged.Length)..]];
                    break;
                case 3 or 4:
                    damaged[at] ^= (byte)(1 << random.Next(8));
                    break;
                default:
                    damaged[HeaderField(at, random)] = random.GetItems("\0 /.0123457\\-xgLKSD5\u007f"u8, 1)[0];
                    break;
            }

            if (damaged.Length == 0)
            {
                return damaged;
            }
        }

        return resealed ? TarBuilder.Resealed(damaged) : damaged;

        int HeaderField(int at, Random source) =>
            Math.Min(damaged.Length - 1, (at / 512 * 512) + source.GetItems([0, 1, 2, 100, 106, 124, 130, 134, 136, 145, 156, 157, 158, 257, 263, 345], 1)[0]);
    }
}
