using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace RootCx.Local.Launcher;

/// <summary>JSON files that only their owner may read (mode 600), replaced as a whole so that a reader never sees half of one.</summary>
internal static class PrivateFile
{
    /// <summary>The end of the name that a file has while it is being written.</summary>
    public const string DraftSuffix = ".draft";

    /// <summary>The file's content, or default when there is none.</summary>
    /// <exception cref="LaunchException">The file is there but does not hold what it should.</exception>
    public static async Task<T?> ReadAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        if (!File.Exists(path))
        {
            return default;
        }

        try
        {
            await using var stream = File.OpenRead(path);
            return await JsonSerializer.DeserializeAsync(stream, type, cancellation);
        }
        catch (JsonException exception)
        {
            throw new LaunchException($"{path} can't be read: {exception.Message} Repair it, or use another data folder with --data.", exception);
        }
    }

    /// <summary>Writes or replaces the file.</summary>
    public static async Task WriteAsync<T>(string path, T value, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        // Two writers of the same file must not meet in the draft.
        var draft = $"{path}.{Guid.NewGuid():N}{DraftSuffix}";
        await using (var stream = OwnerOnly.Open(draft, FileMode.CreateNew))
        {
            await JsonSerializer.SerializeAsync(stream, value, type, cancellation);
            stream.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
    }
}

/// <summary>The launcher's own files.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(LocalSecrets))]
[JsonSerializable(typeof(AdminAccount))]
[JsonSerializable(typeof(StackFile))]
[JsonSerializable(typeof(List<ChildRecord>))]
internal sealed partial class LaunchJson : JsonSerializerContext;
