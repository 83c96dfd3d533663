namespace RootCx.Core.Deployments.Archives;

/// <summary>What an archive may still unpack to, given what has been read of it.</summary>
internal sealed class UnpackBudget(CompressedStream compressed, ArchiveLimits limits)
{
    private long _spent;

    /// <summary>Refuses a size that would be too large. To be asked early: the tar reader's own arithmetic fails at sizes near 2^63.</summary>
    /// <exception cref="ArchiveException">The bytes would be too many.</exception>
    public void Expect(long bytes)
    {
        if (bytes > limits.UnpackedBytes - _spent)
        {
            throw new ArchiveException($"archive unpacks to more than {limits.UnpackedBytes} bytes");
        }
    }

    /// <summary>Counts bytes that were unpacked, or are about to be copied.</summary>
    /// <exception cref="ArchiveException">They are too many, in all or for the size of the archive.</exception>
    public void Spend(long bytes)
    {
        Expect(bytes);
        _spent += bytes;
        if (_spent > limits.RatioFreeBytes && _spent > limits.Ratio * (double)compressed.BytesRead)
        {
            throw new ArchiveException($"archive unpacks to more than {limits.Ratio} times its compressed size");
        }
    }
}
