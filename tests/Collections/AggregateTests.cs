using RootCx.Tests.Platform;

namespace RootCx.Tests.Collections;

/// <summary>Numbers computed of rows.</summary>
public sealed class AggregateTests(PlatformStack stack)
{
    [Theory]
    [InlineData("""{"aggregate":{"n":{"count":"*"},"s":{"sum":"amount"}},"groupBy":["stage"]}""", """[{"stage":"lead","n":2,"s":30},{"stage":"won","n":1,"s":5},{"stage":null,"n":1,"s":null}]""")]
    [InlineData("""{"aggregate":{"n":{"count":"amount"},"avg":{"avg":"amount"},"least":{"min":"amount"},"most":{"max":"amount"}}}""", """[{"n":3,"avg":11.666666666666666,"least":5,"most":20}]""")]
    [InlineData("""{"aggregate":{"n":{"count":"*"}},"where":{"stage":"nope"}}""", """[{"n":0}]""")]
    [InlineData("""{"aggregate":{"n":{"count":"*"}},"where":{"stage":"nope"},"groupBy":["stage"]}""", """[]""")]
    [InlineData("""{"aggregate":{"first":{"min":"closed"},"last":{"max":"closed"},"name":{"max":"stage"}}}""", """[{"first":"2026-01-01","last":"2026-02-01","name":"won"}]""")]
    [InlineData("""{"aggregate":{"s":{"sum":"amount"}},"groupBy":["stage"],"orderBy":"s","order":"desc","limit":1}""", """[{"stage":"lead","s":30}]""")]
    [InlineData("""{"aggregate":{"s":{"sum":"amount"}},"groupBy":["stage"],"orderBy":"s","offset":1,"limit":1}""", """[{"stage":"lead","s":30}]""")]
    [InlineData("""{"aggregate":{"n":{"count":"*"}},"groupBy":["stage","open"],"where":{"stage":"lead"}}""", """[{"stage":"lead","open":false,"n":1},{"stage":"lead","open":true,"n":1}]""")]
    public async Task Groups_are_computed(string query, string data)
    {
        var deals = await FilledAsync();
        var answer = await deals.QueryAsync(query);
        Assert.Equal($$"""{"data":{{data}}}""", answer.ToJsonString());
    }

    [Theory]
    [InlineData("""{"aggregate":{}}""", "'aggregate' must be an object such as")]
    [InlineData("""{"aggregate":[]}""", "'aggregate' must be an object such as")]
    [InlineData("""{"aggregate":{"n":"count"}}""", "aggregate.n must be an object of one function and a field")]
    [InlineData("""{"aggregate":{"n":{"count":"*","sum":"amount"}}}""", "aggregate.n must be an object of one function and a field")]
    [InlineData("""{"aggregate":{"n":{"median":"amount"}}}""", "aggregate.n: unknown function 'median'")]
    [InlineData("""{"aggregate":{"n":{"sum":"*"}}}""", "unknown field '*' in entity 'deals': aggregate.n")]
    [InlineData("""{"aggregate":{"n":{"sum":"stage"}}}""", "aggregate.n: 'stage' holds no numbers")]
    [InlineData("""{"aggregate":{"n":{"min":"open"}}}""", "aggregate.n: 'open' holds neither numbers nor texts nor dates")]
    [InlineData("""{"aggregate":{"a\" , (select 1)":{"count":"*"}}}""", "aggregate: 'a\" , (select 1)' is no name")]
    [InlineData("""{"aggregate":{"stage":{"count":"*"}},"groupBy":["stage"]}""", "aggregate.stage: the answer has that name already, from groupBy")]
    [InlineData("""{"aggregate":{"n":{"count":"*"},"n":{"count":"stage"}}}""", "each once")]
    [InlineData("""{"aggregate":{"n":{"count":"*"}},"groupBy":["nope"]}""", "unknown field 'nope' in entity 'deals': groupBy[0]")]
    [InlineData("""{"aggregate":{"n":{"count":"*"}},"orderBy":"amount"}""", "'orderBy' must be a name of aggregate or groupBy: 'amount'")]
    [InlineData("""{"aggregate":{"n":{"count":"*"}},"cursor":null}""", "aggregate can't be combined with cursor or select")]
    [InlineData("""{"aggregate":{"n":{"count":"*"}},"linked":true}""", "linked can't be combined with cursor or aggregate")]
    [InlineData("""{"groupBy":["stage"]}""", "groupBy needs aggregate")]
    public async Task What_can_t_be_computed_is_refused(string query, string error)
    {
        var deals = await FilledAsync();
        await deals.AssertQueryRefusedAsync(query, error);
    }

    private async Task<Collection> FilledAsync()
    {
        var deals = await Collection.InstalledAsync(
            stack.Admin, "deals", "stage", """{"name":"amount","type":"number"}""", """{"name":"open","type":"boolean"}""", """{"name":"closed","type":"date"}""");
        await deals.CreateManyAsync(
            """[{"stage":"lead","amount":10,"open":true},{"stage":"lead","amount":20,"open":false,"closed":"2026-01-01"},{"stage":"won","amount":5,"closed":"2026-02-01"},{"open":true}]""");
        return deals;
    }
}
