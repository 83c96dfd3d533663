using RootCx.Core.Errors;

namespace RootCx.Core.Collections;

/// <summary>The rows of a page, which are kept until it is whole; so there is a bound to what they may weigh.</summary>
internal sealed class PageBytes
{
    private const int Most = 64 * 1024 * 1024;

    private long _bytes;

    /// <summary>What was added.</summary>
    public List<byte[]> Rows { get; } = [];

    /// <summary>Adds a row.</summary>
    /// <exception cref="RefusedException">The page is too long with it (400).</exception>
    public void Add(byte[] row)
    {
        _bytes += row.Length;
        if (_bytes > Most)
        {
            throw new RefusedException(Refusal.Invalid, $"the records of this page are longer than {Most} bytes together: ask for fewer of them, or select fields");
        }

        Rows.Add(row);
    }
}
