namespace RootCx.Core.Deployments.Archives;

/// <summary>The 512-byte blocks of a tar file (POSIX.1-2017, pax, "ustar Interchange Format").</summary>
internal static class TarBlock
{
    public const int Size = 512;

    private const int SizeField = 124;
    private const int SizeFieldLength = 12;
    private const int ChecksumField = 148;
    private const int ChecksumFieldLength = 8;
    private const int TypeField = 156;

    /// <summary>The length of <paramref name="bytes"/> bytes in whole blocks, in bytes.</summary>
    public static long RoundUp(long bytes) => (bytes + Size - 1) / Size * Size;

    /// <summary>
    /// The length of the extended header that this block announces, or null if it announces none. A length written in any but
    /// plain octal digits counts as endless.
    /// </summary>
    public static long? ExtendedHeaderBytes(ReadOnlySpan<byte> block)
    {
        // PAX: x before one entry, g for all; GNU: L a long name, K a long link target. X is an older x.
        if (block[TypeField] is not ((byte)'x' or (byte)'g' or (byte)'L' or (byte)'K' or (byte)'X'))
        {
            return null;
        }

        return Octal(block.Slice(SizeField, SizeFieldLength)) ?? long.MaxValue / 2;
    }

    /// <summary>Whether the block carries the sum of its bytes. Old programs on some machines took bytes for signed numbers.</summary>
    public static bool HasItsChecksum(ReadOnlySpan<byte> block)
    {
        int sum = ' ' * ChecksumFieldLength;
        int signedSum = sum;
        for (int i = 0; i < block.Length; i++)
        {
            if (i is < ChecksumField or >= ChecksumField + ChecksumFieldLength)
            {
                sum += block[i];
                signedSum += (sbyte)block[i];
            }
        }

        long? stated = Octal(block.Slice(ChecksumField, ChecksumFieldLength));
        return stated == sum || stated == signedSum;
    }

    private static long? Octal(ReadOnlySpan<byte> field)
    {
        long number = 0;
        foreach (byte digit in field.Trim(" \0"u8))
        {
            if (digit is < (byte)'0' or > (byte)'7')
            {
                return null;
            }

            number = (number * 8) + (digit - '0');
        }

        return number;
    }
}
