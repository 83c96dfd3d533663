using System.Text.Json.Serialization;

namespace RootCx.Core.Collections;

/// <summary>How cursors are written.</summary>
[JsonSerializable(typeof(string[]))]
internal sealed partial class CursorJson : JsonSerializerContext;
