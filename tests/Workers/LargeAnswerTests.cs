using System.Buffers;
using System.Text;
using System.Text.Json;
using RootCx.SupervisorHost.Workers;

namespace RootCx.Tests.Workers;

public sealed class LargeAnswerTests
{
    [Theory]
    [InlineData("""{"type":"rpc_response","id":"a","result":[1, {"x":"]"}]}""", "rpc_response", "a", """[1, {"x":"]"}]""")]
    [InlineData(""" { "result" : "text" , "other":{"result":1}, "id":"\u0061", "type":"job_result" } """, "job_result", "a", "\"text\"")]
    [InlineData("""{"type":"rpc_response","id":"a","result":1,"result":2}""", "rpc_response", "a", "2")]
    public void An_answer_with_a_result_is_read_whatever_the_order(string message, string type, string id, string result)
    {
        var answer = LargeAnswer.Read(Bytes(message));
        Assert.Equal((type, id, result), (answer?.Type, answer?.Id, Encoding.UTF8.GetString(answer!.Value.Result)));
    }

    [Theory]
    [InlineData("""{"type":"rpc_response","id":"a","error":"e","result":1}""")]
    [InlineData("""{"type":"rpc_response","id":"a"}""")]
    [InlineData("""{"type":"rpc_response","id":7,"result":1}""")]
    [InlineData("""{"type":"log","id":"a","result":1}""")]
    [InlineData("""{"type":["rpc_response"],"id":"a","result":1}""")]
    [InlineData("[1]")]
    public void Anything_else_is_none(string message) => Assert.Null(LargeAnswer.Read(Bytes(message)));

    [Theory]
    [InlineData("""{"type":"rpc_response","id":"a","result":[1}""")]
    [InlineData("""{"type":"rpc_response","id":"a","result":1} x""")]
    [InlineData("""{"type":"rpc_response","id":"a","result":1""")]
    [InlineData("")]
    public void What_is_no_JSON_is_told(string message) => Assert.ThrowsAny<JsonException>(() => LargeAnswer.Read(Bytes(message)));

    [Fact]
    public void It_is_read_in_pieces_and_however_deep_it_is()
    {
        var result = new string('[', 500_000) + new string(']', 500_000);
        var bytes = Encoding.UTF8.GetBytes($$"""{"type":"rpc_response","id":"a","result":{{result}}}""");
        var pieces = Pieces.Of(bytes.AsMemory(0, 300), bytes.AsMemory(300, 500_000), bytes.AsMemory(500_300));
        Assert.Equal(result, Encoding.UTF8.GetString(LargeAnswer.Read(pieces)!.Value.Result));
    }

    private static ReadOnlySequence<byte> Bytes(string text) => new(Encoding.UTF8.GetBytes(text));
}
