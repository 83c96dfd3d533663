using System.Text;
using Microsoft.Extensions.Options;
using RootCx.Core.Deployments.Archives;

namespace RootCx.Tests.Deployments.Archives;

/// <summary>What happens when the stream that brings the archive is slow, fails, or is given up.</summary>
public sealed class ArchiveUploadTests
{
    [Fact]
    public async Task Cancelling_stops_in_the_middle()
    {
        using var area = new StagingArea();
        using var stop = new CancellationTokenSource();
        byte[] archive = new TarBuilder().File("a", TarBuilder.Noise(1, 100_000)).ToGzip();
        var extractor = new ArchiveExtractor(Options.Create(area.Limits));
        Task running = extractor.ExtractAsync(new CancellingStream(archive, 50_000, stop), area.Staging, stop.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.InRange(new FileInfo(area["a"]).Length, 1, 99_999);
    }

    [Theory]
    [InlineData(typeof(InvalidDataException))]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(EndOfStreamException))]
    public async Task A_failing_upload_is_not_blamed_on_the_archive(Type type)
    {
        var failure = (Exception)Activator.CreateInstance(type)!;
        byte[] archive = new TarBuilder().File("a", Encoding.UTF8.GetBytes(new string('x', 100))).ToGzip();
        using var area = new StagingArea();
        Assert.Same(failure, await Record.ExceptionAsync(() => area.ExtractAsync(new TrickleStream(archive[..^20], failure))));
    }

    private sealed class CancellingStream(byte[] bytes, int after, CancellationTokenSource stop) : MemoryStream(bytes, writable: false)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position > after)
            {
                stop.Cancel();
            }

            return base.ReadAsync(buffer, cancellationToken);
        }
    }
}
