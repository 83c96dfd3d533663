using System.Buffers;
using System.Text;
using System.Text.Json;
using RootCx.SupervisorHost.Workers;

namespace RootCx.Tests.Workers;

public sealed class ShallowJsonTests
{
    [Theory]
    [InlineData("""{"a":[1,{"b":"]"}],"c":1}""", """{"a":[1,{}],"c":1}""")]
    [InlineData(""" { "a" : [ [ 1 ] , { "b" : 2 } , 3 ] } """, """ { "a" : [ [] , {} , 3 ] } """)]
    [InlineData("""[[[]]]""", """[[[]]]""")]
    [InlineData("""{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("7", "7")]
    public void What_is_deeper_is_emptied_and_the_rest_is_as_it_was(string message, string expected) => Assert.Equal(expected, Trim(message, 2));

    [Fact]
    public void The_message_itself_comes_back_when_nothing_is_deeper()
    {
        var message = new ReadOnlySequence<byte>("""[[1],"x"]"""u8.ToArray());
        Assert.Equal(message, ShallowJson.Trim(message, 2));
    }

    [Theory]
    [InlineData("[[[1]")]
    [InlineData("[[[1}]]")]
    [InlineData("[[[1]]] x")]
    [InlineData("")]
    public void What_is_no_JSON_is_told(string message) => Assert.ThrowsAny<JsonException>(() => Trim(message, 2));

    [Fact]
    public void However_deep_it_is_and_in_pieces()
    {
        var bytes = Encoding.UTF8.GetBytes($$"""{"data":{{new string('[', 500_000)}}{{new string(']', 500_000)}},"id":1}""");
        var trimmed = ShallowJson.Trim(Pieces.Of(bytes.AsMemory(0, 300), bytes.AsMemory(300, 500_000), bytes.AsMemory(500_300)), 10);
        Assert.Equal("""{"data":[[[[[[[[[[]]]]]]]]]],"id":1}""", Encoding.UTF8.GetString(trimmed));
    }

    private static string Trim(string message, int levels) => Encoding.UTF8.GetString(ShallowJson.Trim(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(message)), levels));
}
