using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using RootCx.Tests.Collections;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Data;

/// <summary>Operations of workers that speak for themselves, and what is no operation.</summary>
public sealed class RawOperationTests(PlatformStack stack)
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Answers a call with what comes of the operation that was its parameter, under an id that is made of the call's.
    private const string Relay = """
        const say = (message) => process.stdout.write(JSON.stringify(message) + "\n");
        const calls = new Map();
        for await (const line of console) {
          const message = JSON.parse(line);
          if (message.type === "discover") say({ type: "discover", methods: ["relay"] });
          if (message.type === "rpc") {
            const id = message.params.numeric ? Number(message.id) : `mine ${message.id}`;
            calls.set(id, message.id);
            say({ call: message.id, ...JSON.parse(message.params.operation), id });
          }
          if (message.type.endsWith("_result")) say({ type: "rpc_response", id: calls.get(message.id), result: { type: message.type, result: message.result, error: message.error } });
          if (message.type === "shutdown") process.exit(0);
        }
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Over_standard_input_and_output_it_is_the_same(bool numeric)
    {
        var app = await stack.Admin.DeployedAsync(Relay);

        Assert.Equal(
            """{"type":"sql_query_result","result":{"columns":["n"],"rows":[[42]],"rowCount":1}}""",
            await RelayAsync(app, """{"type":"sql_query","text":"select $1::int + 1 as n","params":[41]}""", numeric));
        Assert.Equal(
            """{"type":"sql_query_result","error":"relation \"nothing\" does not exist"}""", await RelayAsync(app, """{"type":"sql_query","text":"select * from nothing"}""", numeric));
        Assert.Equal(
            $$"""{"type":"collection_op_result","error":"entity 'things' not found in app '{{app.Id}}'"}""",
            await RelayAsync(app, """{"type":"collection_op","op":"find","entity":"things"}""", numeric));
    }

    [Theory]
    [InlineData("""{"type":"collection_op","op":"find","entity":"no_such_entity"}""", "entity 'no_such_entity' not found in app '{app}'")]
    [InlineData("""{"type":"sql_query","text":"select 1","params":{"a":1}}""", "the parameters of sql() must be an array")]
    [InlineData("""{"type":"sql_query","text":5}""", "sql() takes one statement that begins with select, insert, update, delete, merge, with, values, table or explain; this begins with '5'")]
    public async Task Operations_that_can_not_be_are_answered_with_what_is_wrong(string operation, string error)
    {
        var app = await stack.Admin.DeployedAsync(Relay);
        Assert.Equal(error.Replace("{app}", app.Id, StringComparison.Ordinal), JsonNode.Parse(await RelayAsync(app, operation))!["error"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("insert", "\"error\":\"body: a field's name is not Unicode text\"")]
    [InlineData("update", "\"error\":\"body: a field's name is not Unicode text\"")]
    [InlineData("find", "\"error\":\"where: a field's name is not Unicode text\"")]
    [InlineData("delete", "\"result\":false")] // of which only the id counts
    public async Task A_name_that_is_no_Unicode_text_is_refused(string op, string answer)
    {
        var app = await stack.Admin.DeployedAsync(Relay, (await Collection.InstalledAsync(stack.Admin, "tasks", "title")).App.Id);
        var operation = $$$"""{"type":"collection_op","op":"{{{op}}}","entity":"tasks","data":{"id":"{{{Guid.NewGuid()}}}","\ud800":1}}""";
        Assert.Equal($$"""{"type":"collection_op_result",{{answer}}}""", await RelayAsync(app, operation));
    }

    [Fact]
    public async Task What_is_no_operation_is_a_line_of_the_log()
    {
        string[] lines =
        [
            """{"type":"sql_query","text":"select 1"}""", """{"type":"sql_query","id":{},"text":"select 1"}""", """{"type":"sql_query","id":"1"}""",
            """{"type":"collection_op","id":"1","op":"find"}""", $$"""{"type":"collection_op","id":"{{new string('x', 300)}}","op":"find","entity":"e"}""", "last",
        ];
        var app = await stack.Admin.DeployedAsync($"for (const line of {new JsonArray([.. lines]).ToJsonString()}) process.stdout.write(line + '\\n'); for await (const line of console) ;");
        using var logs = await app.LogsAsync(after: 0);
        await logs.WaitForAsync("stdout", "last");
        Assert.Equal(lines, logs.Seen.Where(line => line.Level == "stdout").Select(line => line.Message));
    }

    private static async Task<string> RelayAsync(App app, string operation, bool numeric = false) =>
        (await app.RpcAsync("relay", new JsonObject { ["operation"] = operation, ["numeric"] = numeric }))!.ToJsonString(Plain);
}
