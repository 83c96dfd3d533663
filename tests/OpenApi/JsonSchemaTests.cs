using System.Text.Json;

namespace RootCx.Tests.OpenApi;

/// <summary>What a schema says of values, keyword by keyword (JSON Schema 2020-12), but for objects being closed.</summary>
public sealed class JsonSchemaTests
{
    [Theory]
    [InlineData("""{"type":"integer"}""", "1.0")]
    [InlineData("""{"type":["string","null"]}""", "null")]
    [InlineData("""{"type":["string","null"],"format":"uuid"}""", "null")]
    [InlineData("""{"type":"number","minimum":-1,"maximum":1}""", "1")]
    [InlineData("""{"minimum":2}""", "\"no number\"")]
    [InlineData("""{"type":"string","maxLength":1}""", "\"\\ud83d\\ude00\"")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"}}}""", "{}")]
    [InlineData("""{"type":"object","properties":{"a":{}},"additionalProperties":true}""", """{"b":1}""")]
    [InlineData("""{"type":"object","additionalProperties":true}""", """{"b":1}""")]
    [InlineData("""{"type":"object"}""", """{"b":1}""")]
    [InlineData("""{"anyOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}]}""", """["a"]""")]
    [InlineData("""{"enum":["a",null]}""", "null")]
    [InlineData("""{"format":"date-time"}""", "\"2026-03-15T08:00:00.123456+00:00\"")]
    [InlineData("""{"$ref":"#/word"}""", "\"a\"")]
    public void A_value_that_fits_has_no_problems(string schema, string value) => Assert.Empty(Check(schema, value));

    [Theory]
    [InlineData("""{"type":"integer"}""", "1.5", "$ must be integer, is 1.5")]
    [InlineData("""{"type":["string","null"]}""", "1", "$ must be string or null, is 1")]
    [InlineData("""{"type":"number","maximum":1}""", "1.5", "$ must be 1 at most, is 1.5")]
    [InlineData("""{"type":"number","minimum":1}""", "0", "$ must be 1 at least, is 0")]
    [InlineData("""{"type":"integer","format":"int32"}""", "2147483648", "$ must have 32 bits, is 2147483648")]
    [InlineData("""{"type":"string","minLength":1}""", "\"\"", "$ must have 1 characters at least")]
    [InlineData("""{"type":"string","maxLength":1}""", "\"ab\"", "$ must have 1 characters at most")]
    [InlineData("""{"type":"string","pattern":"^a"}""", "\"b\"", "$ must match ^a, is b")]
    [InlineData("""{"type":"string","format":"uuid"}""", "\"no\"", "$ must be a UUID, is no")]
    [InlineData("""{"type":"string","format":"date-time"}""", "\"2026-03-15\"", "$ must be a time of RFC 3339, is 2026-03-15")]
    [InlineData("""{"type":"array","minItems":1}""", "[]", "$ must have 1 items at least")]
    [InlineData("""{"type":"array","maxItems":1}""", "[1,2]", "$ must have 1 items at most")]
    [InlineData("""{"minProperties":1}""", "{}", "$ must have 1 keys at least")]
    [InlineData("""{"maxProperties":0}""", """{"a":1}""", "$ must have 0 keys at most")]
    [InlineData("""{"const":"ok"}""", "\"no\"", "$ must be ok, is \"no\"")]
    [InlineData("""{"items":{"type":"string"}}""", """["a",1]""", "$[1] must be string, is 1")]
    [InlineData("""{"required":["a"]}""", "{}", "$ lacks 'a'")]
    [InlineData("""{"properties":{"a":{"type":"string"}}}""", """{"a":1}""", "$.a must be string, is 1")]
    [InlineData("""{"properties":{"a":{}}}""", """{"b":1}""", "$.b is not described")]
    [InlineData("""{"additionalProperties":{"type":"string"}}""", """{"b":1}""", "$.b must be string, is 1")]
    [InlineData("""{"anyOf":[{"type":"string"},{"type":"null"}]}""", "1", "$ must be one of 2 things, and is none of them: $ must be string, is 1; $ must be null, is 1")]
    [InlineData("""{"$ref":"#/word"}""", "1", "$ must be string, is 1")]
    public void One_that_does_not_says_where_and_why(string schema, string value, string problem) => Assert.Equal([problem], Check(schema, value));

    [Theory]
    [InlineData("""{"oneOf":[]}""")]
    [InlineData("""{"type":"string","format":"hostname"}""")]
    public void What_is_not_known_is_not_passed_over(string schema) => Assert.Throws<NotSupportedException>(() => Check(schema, "1"));

    private static List<string> Check(string schema, string value) =>
        Described.Problems(new JsonSchema(JsonElement.Parse(schema), _ => new JsonSchema(JsonElement.Parse("""{"type":"string"}"""), null!)), JsonElement.Parse(value)); // which refers to nothing
}
