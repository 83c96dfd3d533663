using System.Security.Cryptography;
using RootCx.Core.Errors;

namespace RootCx.Core.Deployments;

/// <summary>An uploaded archive in a temporary file that goes with it: its hash is its name in blob storage, so it has to be whole before it is stored.</summary>
public sealed class SpooledArchive : IAsyncDisposable
{
    private const int BufferBytes = 128 * 1024;

    private readonly FileStream _file;

    private SpooledArchive(FileStream file, string sha256)
    {
        _file = file;
        Sha256 = sha256;
    }

    /// <summary>Of the bytes as uploaded; lower-case hex.</summary>
    public string Sha256 { get; }

    /// <summary>In bytes.</summary>
    public long Size => _file.Length;

    /// <summary>Reads an upload to its end, at most <paramref name="limit"/> bytes.</summary>
    /// <exception cref="RefusedException">Empty (400), or over the limit (413).</exception>
    public static async Task<SpooledArchive> ReceiveAsync(Stream upload, long limit, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
            Options = FileOptions.Asynchronous | (OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None),
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var path = Path.Combine(Path.GetTempPath(), $"rootcx-upload-{Guid.NewGuid():n}");
        var file = new FileStream(path, options);
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                File.Delete(path); // what is open stays, and nothing is left even if this process is killed
            }

            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[BufferBytes];
            int read;
            while ((read = await upload.ReadAsync(buffer, cancellationToken)) > 0)
            {
                if (file.Position + read > limit)
                {
                    throw new RefusedException(Refusal.TooLarge, $"archive too large: at most {limit} bytes");
                }

                hash.AppendData(buffer, 0, read);
                await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }

            return file.Position > 0
                ? new SpooledArchive(file, Convert.ToHexStringLower(hash.GetCurrentHash()))
                : throw new RefusedException(Refusal.Invalid, "empty archive");
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>The archive from its beginning; one reader at a time, and it is not the reader's to dispose of.</summary>
    public Stream Read()
    {
        _file.Position = 0;
        return _file;
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _file.DisposeAsync();
}
