using RootCx.Core.Secrets;

namespace RootCx.Tests.Secrets;

public sealed class SecretMaskTests
{
    [Theory]
    [InlineData("nothing to see", "nothing to see")]
    [InlineData("abcd", "***")]
    [InlineData("xabcdabcdx", "x******x")]
    [InlineData("abcde abcdefgh", "***e ***")]
    [InlineData("efghij abcdefghij", "*** ***")]
    [InlineData("abc", "abc")]
    [InlineData("", "")]
    public void Longer_secrets_go_first_and_those_that_overlap_go_together(string text, string masked) =>
        Assert.Equal(masked, new SecretMask(["abcd", "abcdefgh", "efghij", "abc", "yes", ""]).Apply(text));

    [Fact]
    public void A_text_without_secrets_is_not_copied()
    {
        var text = $"{new string('a', 1000)} abcdefghijklmnop-but-not-the-rest";
        Assert.Same(text, new SecretMask(["abcdefghijklmnop-and-the-rest"]).Apply(text));
        Assert.Same(text, new SecretMask([]).Apply(text));
    }

    [Theory]
    [InlineData("""{"a":"say \"hi\"\\"}""", """{"a":"***"}""")]
    [InlineData("""{"a":"{\"b\":\"say \\\"hi\\\"\\\\\"}"}""", """{"a":"{\"b\":\"***\"}"}""")]
    [InlineData("https://x/?a=say%20%22hi%22%5C&b", "https://x/?a=***&b")]
    public void A_secret_is_found_in_json_in_json_within_json_and_in_a_url(string text, string masked) =>
        Assert.Equal(masked, new SecretMask(["say \"hi\"\\"]).Apply(text));

    [Fact]
    public void Of_a_secret_of_several_lines_each_line_counts_and_all_of_it()
    {
        var mask = new SecretMask(["first\r\n  second\n}\n"]);
        Assert.Equal("a *** b", mask.Apply("a first b"));
        Assert.Equal("***", mask.Apply("second"));
        Assert.Equal("}", mask.Apply("}"));
        Assert.Equal("<***>", mask.Apply("<first\r\n  second\n}\n>"));
        Assert.Equal("""["***"]""", mask.Apply("""["first\r\n  second\n}\n"]"""));
    }

    [Fact]
    public void Tokens_are_masked_whosever_they_are()
    {
        const string Token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
        Assert.Equal("caller {\"authToken\":\"***\"} and ***", new SecretMask([]).Apply($"caller {{\"authToken\":\"{Token}\"}} and {Token}"));
        Assert.Equal("eyJust a word", new SecretMask([]).Apply("eyJust a word"));
    }

    [Theory]
    [InlineData("a%20b!*'()~%40")] // encodeURIComponent
    [InlineData("a+b%21*%27%28%29%7E%40")] // URLSearchParams
    [InlineData("a%20b%21%2A%27%28%29~%40")]
    public void Secrets_are_masked_as_they_look_in_urls(string logged) =>
        Assert.Equal("GET /?key=***&x", new SecretMask(["a b!*'()~@"]).Apply($"GET /?key={logged}&x"));
}
