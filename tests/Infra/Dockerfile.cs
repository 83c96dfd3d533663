using System.Text.Json;

namespace RootCx.Tests.Infra;

/// <summary>The supervisor's Dockerfile, read as far as these tests need it: instructions with continued lines joined, comments left out.</summary>
internal sealed class Dockerfile
{
    public const string File = "supervisor-host/Dockerfile";

    private Dockerfile(IReadOnlyList<(string Name, string Arguments)> instructions) => Instructions = instructions;

    /// <summary>In order; names in upper case.</summary>
    public IReadOnlyList<(string Name, string Arguments)> Instructions { get; }

    /// <summary>Those of the last stage, which the image is.</summary>
    public IEnumerable<(string Name, string Arguments)> Image => Instructions.Reverse().TakeWhile(one => one.Name != "FROM").Reverse();

    /// <summary>Variables of the image.</summary>
    public IReadOnlyDictionary<string, string> Variables => Of("ENV")
        .SelectMany(text => text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .ToDictionary(pair => pair[..pair.IndexOf('=', StringComparison.Ordinal)], pair => pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..]);

    /// <summary>What the image runs.</summary>
    public string[] EntryPoint => List(Of("ENTRYPOINT").Single());

    /// <summary>How it is asked whether it is well.</summary>
    public string[] HealthCheck => List(Of("HEALTHCHECK").Single().Split(" CMD ")[1]);

    /// <summary>The user's number, unless the build says otherwise.</summary>
    public uint User => uint.Parse(Of("ARG").Single(text => text.StartsWith("RUN_AS=", StringComparison.Ordinal))["RUN_AS=".Length..], null);

    /// <summary>The group that the health check's program starts with.</summary>
    public uint HealthCheckGroup => uint.Parse(Of("RUN").Single(text => text.EndsWith($" {HealthCheck[0]}", StringComparison.Ordinal)).Split("-g ")[1].Split(' ')[0], null);

    public static Dockerfile Read()
    {
        var lines = Repository.Read(File).Split('\n').Where(line => !line.StartsWith('#'));
        return new Dockerfile(
        [
            .. from line in string.Join('\n', lines).Replace("\\\n", " ", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries)
               let parts = line.Split(' ', 2, StringSplitOptions.TrimEntries)
               select (parts[0].ToUpperInvariant(), parts[1]),
        ]);
    }

    /// <summary>The arguments of the image's instructions of that name.</summary>
    public IEnumerable<string> Of(string name) => Image.Where(one => one.Name == name).Select(one => one.Arguments);

    private static string[] List(string json) => JsonSerializer.Deserialize<string[]>(json)!; // the exec form
}
