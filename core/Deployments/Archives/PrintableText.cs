using System.Globalization;
using System.Text;

namespace RootCx.Core.Deployments.Archives;

/// <summary>Names from an archive, made fit for an error message.</summary>
internal static class PrintableText
{
    private const int MostCharacters = 200;

    /// <summary>
    /// The text with control, format and unassigned characters written as <c>\u001B</c>, and shortened to 200 characters. Format
    /// characters include those that reverse the direction of writing, with which a name can pose as another.
    /// </summary>
    public static string Of(string text)
    {
        var printable = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (printable.Length >= MostCharacters)
            {
                return printable.Append('…').ToString();
            }

            if (IsPrintable(rune))
            {
                printable.Append(rune);
            }
            else
            {
                printable.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}");
            }
        }

        return printable.ToString();
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse);
}
