using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using RootCx.Tests.Deployments.Archives;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Deployments;

/// <summary>Bad archives the whole way: each has its answer, is recorded as failed and leaves nothing behind, and what ran before answers.</summary>
public sealed class HostileDeployTests(DeployTarget target, PlatformStack stack) : IClassFixture<DeployTarget>
{
    private const string ZeroBytes = "zero bytes"; // never becomes a deployment

    private static readonly Dictionary<string, (Func<byte[]> Make, string Message)> Large = new()
    {
        ["bomb"] = (
            () => new TarBuilder().File("index.ts", "serve({});").File("zeros", new byte[40_000_000]).ToGzip(), "archive unpacks to more than 200 times its compressed size"),
        ["100,000 entries"] = (() => Entries(100_000), "archive has more than 50000 entries"),
        ["GNU long name of 2,000 bytes"] = (
            () => new TarBuilder().File("index.ts").GnuLong('L', HostileArchives.LongPath(2000)).Entry("cut", '0', gnu: true).ToGzip(),
            "archive entry has a path of more than 1024 bytes: "),
        ["valid zip"] = (Zip, "extract archive: not a gzip file (it looks like a zip archive)"),
    };

    public static TheoryData<string> Hostile => [.. HostileArchives.All.Keys.Where(name => name != ZeroBytes), .. Large.Keys];

    public static TheoryData<string> Fine => [.. FineArchives.All.Where(fine => !fine.Value.Tree.Contains("index.ts")).Select(fine => fine.Key)];

    public static TheoryData<string> FineWithAnEntryPoint => [.. FineArchives.All.Where(fine => fine.Value.Tree.Contains("index.ts")).Select(fine => fine.Key)];

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task A_hostile_archive_changes_nothing(string name)
    {
        var (archive, message) = Large.TryGetValue(name, out var large) ? (large.Make(), large.Message) : HostileArchives.All[name];
        var error = await target.RefusedAsync(archive, HttpStatusCode.BadRequest, "archive");
        Assert.StartsWith(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain(error, char.IsControl);
    }

    [Fact]
    public Task An_upload_of_zero_bytes_is_no_deployment() => target.TurnedAwayAsync([], HttpStatusCode.BadRequest, HostileArchives.All[ZeroBytes].Message);

    [Fact]
    public Task An_upload_of_51_MiB_is_no_deployment() =>
        target.TurnedAwayAsync(new byte[51 * 1024 * 1024], HttpStatusCode.RequestEntityTooLarge, "archive too large: at most 52428800 bytes");

    // The gzip file of the entry point comes before that of the archive, and the two are one.
    [Theory]
    [MemberData(nameof(Fine))]
    public async Task A_fine_archive_goes_live(string name)
    {
        var entryPoint = new TarBuilder().File("index.ts", $"serve({{ name: () => {JsonSerializer.Serialize(name)} }});").ToTar(withEnd: false);
        var app = new App(stack.Admin, App.NewId());
        using var answer = await stack.Admin.DeployAsync(app.Id, [.. TarBuilder.Gzip(entryPoint), .. FineArchives.All[name].Archive]);
        await answer.JsonAsync(HttpStatusCode.OK);
        Assert.Equal(name, (await app.RpcAsync("name"))!.GetValue<string>());
    }

    [Theory]
    [MemberData(nameof(FineWithAnEntryPoint))]
    public async Task A_fine_archive_whose_entry_point_only_throws_gets_as_far_as_its_start(string name)
    {
        var error = await target.RefusedAsync(FineArchives.All[name].Archive, HttpStatusCode.UnprocessableEntity, "start");
        Assert.Contains("ReferenceError: content is not defined", error, StringComparison.Ordinal);
    }

    // Without what can't be compressed it would be a bomb; that the directory is the same each time spares the disk.
    private static byte[] Entries(int count)
    {
        var archive = new TarBuilder().File("noise", TarBuilder.Noise(1, 500_000));
        var entry = new TarBuilder().Directory("same").ToTar(withEnd: false);
        for (var n = 0; n < count; n++)
        {
            archive.Raw(entry);
        }

        return archive.ToGzip();
    }

    private static byte[] Zip()
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        using (var entry = zip.CreateEntry("index.ts").Open())
        {
            entry.Write(Encoding.UTF8.GetBytes("serve({ version: () => 'from a zip archive' });"));
        }

        return file.ToArray();
    }
}
