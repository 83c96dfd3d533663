using System.Security.Cryptography;
using System.Text;

namespace RootCx.Core.Schemas;

/// <summary>Names and texts as they stand in SQL.</summary>
internal static class SqlNames
{
    private const int Longest = 63; // bytes; Postgres cuts off the rest without a word
    private const int HashDigits = 8;

    /// <summary>An identifier.</summary>
    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A table of a schema.</summary>
    public static string Quote(string schema, string name) => $"{Quote(schema)}.{Quote(name)}";

    /// <summary>A text, for where parameters can't stand.</summary>
    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>The name, or if it is too long its beginning and a hash of all of it.</summary>
    public static string Shorten(string name) => Encoding.UTF8.GetByteCount(name) <= Longest ? name : WithHash(name, name);

    /// <summary>The name's beginning and a hash of something else.</summary>
    public static string WithHash(string name, string hashed)
    {
        var length = Math.Min(name.Length, Longest - HashDigits - 1);
        while (Encoding.UTF8.GetByteCount(name.AsSpan(0, length)) > Longest - HashDigits - 1)
        {
            length--;
        }

        return $"{name[..length]}_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(hashed)))[..HashDigits]}";
    }
}
