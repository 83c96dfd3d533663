using System.Text.Json;
using System.Text.Json.Serialization;

namespace RootCx.Core.Json;

/// <summary>JSON that is passed on as it is: it may be deeper, and its strings may have more in them, than a parsed value could be written with.</summary>
/// <param name="Text">What the database accepted as JSON.</param>
[JsonConverter(typeof(RawJsonConverter))]
public sealed record RawJson(string Text);

/// <summary>Writes it; it is never read.</summary>
public sealed class RawJsonConverter : JsonConverter<RawJson>
{
    /// <inheritdoc />
    public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options) => writer.WriteRawValue(value.Text, skipInputValidation: true);
}
