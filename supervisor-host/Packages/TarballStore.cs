using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using RootCx.SupervisorHost.Hosting;

namespace RootCx.SupervisorHost.Packages;

/// <summary>
/// Tarballs on this machine's disk, each named by the hashes of its address and of its content. All together, those that are being written included,
/// never take more than their limit: what was not used for longest goes.
/// </summary>
public sealed class TarballStore
{
    private const string Unfinished = ".part";
    private const int HashDigits = 64; // SHA-256
    private const int ChunkBytes = 64 * 1024;

    private static ReadOnlySpan<byte> GzipMagic => [0x1F, 0x8B];

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<Tarball>> _kept = [];
    private readonly LinkedList<Tarball> _byUse = new();
    private readonly string _folder;
    private readonly PackageOptions _options;
    private readonly TimeProvider _time;
    private long _bytes;

    /// <summary>Finds what earlier runs left.</summary>
    public TarballStore(HostFolders folders, IOptions<PackageOptions> options, TimeProvider time)
    {
        _folder = folders.Tarballs;
        _options = options.Value;
        _time = time;
        foreach (var file in new DirectoryInfo(_folder).EnumerateFiles().OrderBy(file => file.LastWriteTimeUtc).ToList())
        {
            if (file.Name.Length == (HashDigits * 2) + 1 && !_kept.ContainsKey(file.Name[..HashDigits]))
            {
                Keep(new Tarball(file.Name[..HashDigits], file.Name[(HashDigits + 1)..], file.Length));
                _bytes += file.Length;
            }
            else
            {
                file.Delete(); // half written
            }
        }

        TryReserve(0);
    }

    /// <summary>Whether the tarball of <paramref name="address"/> is there.</summary>
    public bool Contains(Uri address)
    {
        lock (_gate)
        {
            return _kept.ContainsKey(KeyOf(address));
        }
    }

    /// <summary>The tarball, from its beginning; null if it is not there, or not what was stored.</summary>
    public async Task<FileStream?> OpenAsync(Uri address, CancellationToken cancellationToken)
    {
        LinkedListNode<Tarball>? node;
        FileStream file;
        lock (_gate)
        {
            if (!_kept.TryGetValue(KeyOf(address), out node))
            {
                return null;
            }

            _byUse.Remove(node);
            _byUse.AddLast(node);
            var path = PathOf(node.Value);
            if (!File.Exists(path))
            {
                Forget(node);
                return null;
            }

            File.SetLastWriteTimeUtc(path, _time.GetUtcNow().UtcDateTime); // the order of use outlives this process
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, ChunkBytes, FileOptions.Asynchronous);
        }

        var intact = false;
        try
        {
            intact = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken)) == node.Value.Content;
            file.Position = 0;
        }
        finally
        {
            if (!intact)
            {
                await file.DisposeAsync();
            }
        }

        if (intact)
        {
            return file;
        }

        lock (_gate)
        {
            if (_kept.GetValueOrDefault(node.Value.Key) == node)
            {
                Forget(node);
            }
        }

        return null;
    }

    /// <summary>Stores the tarball of <paramref name="address"/>; it is there when all of it is.</summary>
    /// <exception cref="TarballException">It is too large, or nothing that was packed: an error page that is called OK would otherwise be kept.</exception>
    public async Task AddAsync(Uri address, Stream content, CancellationToken cancellationToken)
    {
        var path = Path.Combine(_folder, Guid.NewGuid().ToString("n") + Unfinished);
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        long size = 0;
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous))
            {
                while (await content.ReadAtLeastAsync(buffer, GzipMagic.Length, throwOnEndOfStream: false, cancellationToken) is var read and > 0)
                {
                    if (size == 0 && !buffer.AsSpan(0, read).StartsWith(GzipMagic))
                    {
                        throw new TarballException("what the registry sent is no tarball");
                    }

                    if (size + read > _options.TarballBytes)
                    {
                        throw new TarballException($"the tarball is larger than {_options.TarballBytes} bytes (Packages:TarballBytes)");
                    }

                    if (!TryReserve(read))
                    {
                        throw new TarballException($"tarballs that are being fetched at once are larger than {_options.CacheBytes} bytes (Packages:CacheBytes)");
                    }

                    size += read;
                    hash.AppendData(buffer, 0, read);
                    await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                }
            }

            var tarball = new Tarball(KeyOf(address), Convert.ToHexStringLower(hash.GetHashAndReset()), size);
            lock (_gate)
            {
                if (_kept.TryGetValue(tarball.Key, out var before))
                {
                    Forget(before);
                }

                File.Move(path, PathOf(tarball), overwrite: true);
                Keep(tarball);
                size = 0; // those bytes are the tarball's from now on
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            File.Delete(path);
            Release(size);
        }
    }

    private static string KeyOf(Uri address) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(address.AbsoluteUri)));

    private string PathOf(Tarball tarball) => Path.Combine(_folder, $"{tarball.Key}-{tarball.Content}");

    private bool TryReserve(long bytes)
    {
        lock (_gate)
        {
            while (_bytes + bytes > _options.CacheBytes && _byUse.First is { } oldest)
            {
                Forget(oldest);
            }

            if (_bytes + bytes > _options.CacheBytes)
            {
                return false;
            }

            _bytes += bytes;
            return true;
        }
    }

    private void Release(long bytes)
    {
        lock (_gate)
        {
            _bytes -= bytes;
        }
    }

    private void Keep(Tarball tarball) => _kept[tarball.Key] = _byUse.AddLast(tarball);

    // Whoever reads it right now still has it to the end.
    private void Forget(LinkedListNode<Tarball> node)
    {
        _kept.Remove(node.Value.Key);
        _byUse.Remove(node);
        _bytes -= node.Value.Size;
        File.Delete(PathOf(node.Value));
    }

    private sealed record Tarball(string Key, string Content, long Size);
}
