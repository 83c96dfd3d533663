using System.Text;
using RootCx.Core.Logs;

namespace RootCx.Tests.Logs;

public sealed class LogTextTests
{
    [Theory]
    [InlineData("short", "short")]
    [InlineData("", "")]
    [InlineData("a\0b", "a\uFFFDb")]
    public void What_fits_stays(string message, string expected) => Assert.Equal(expected, LogText.Fit(message, 100));

    [Theory]
    [InlineData("x")]
    [InlineData("é")]
    [InlineData("世")]
    [InlineData("😀")]
    public void A_cut_never_goes_through_a_character(string character)
    {
        for (var limit = 64; limit < 72; limit++)
        {
            var cut = LogText.Fit(string.Concat(Enumerable.Repeat(character, 100)), limit);
            Assert.EndsWith($"{character}… (truncated)", cut, StringComparison.Ordinal);
            Assert.InRange(Encoding.UTF8.GetByteCount(cut), limit - Encoding.UTF8.GetByteCount(character) + 1, limit);
        }
    }
}
