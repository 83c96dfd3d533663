using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using RootCx.Tests.OpenApi;

namespace RootCx.Tests.Platform;

/// <summary>A log stream that is being read.</summary>
public sealed class LogTail : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _reader;

    private LogTail(HttpResponseMessage response, Stream stream)
    {
        _response = response;
        _reader = new StreamReader(stream);
    }

    /// <summary>The response.</summary>
    public HttpResponseMessage Response => _response;

    /// <summary>The records that were waited for, and those before them.</summary>
    public List<LogLine> Seen { get; } = [];

    /// <summary>Id of the last record that was read.</summary>
    public long LastId { get; private set; }

    /// <summary>The last record as it came, its id and its data.</summary>
    public string LastFrame { get; private set; } = "";

    /// <summary>Opens the stream and returns once the server has begun it.</summary>
    public static async Task<LogTail> OpenAsync(ApiClient client, string appId, long? after = null, string query = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/apps/{appId}/logs{query}");
        if (after is { } id)
        {
            request.Headers.Add("Last-Event-ID", id.ToString(CultureInfo.InvariantCulture));
        }

        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return new LogTail(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Reads until a record fits; returns its message.</summary>
    public async Task<string> WaitForAsync(string level, string containing)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        var seen = new List<LogLine>();
        try
        {
            await foreach (var line in RecordsAsync(patience.Token))
            {
                seen.Add(line);
                if (line.Level == level && line.Message.Contains(containing, StringComparison.Ordinal))
                {
                    Seen.AddRange(seen);
                    return line.Message;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Told below.
        }

        throw new InvalidOperationException($"No record of level '{level}' with '{containing}' came. Seen:\n{string.Join('\n', seen)}");
    }

    /// <summary>The records as they come.</summary>
    public async IAsyncEnumerable<LogLine> RecordsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await _reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                LastId = long.Parse(line.AsSpan(4), CultureInfo.InvariantCulture);
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                LastFrame = $"id: {LastId}\n{line}";
                AnswerCheck.RequireDescribedEvent("followLogs", line[6..]);
                var record = JsonNode.Parse(line[6..])!;
                yield return new LogLine(record["level"]!.GetValue<string>(), record["message"]!.GetValue<string>(), record["ts"]!.GetValue<DateTimeOffset>());
            }
        }
    }

    /// <summary>Reads until a comment comes; returns it.</summary>
    public async Task<string> CommentAsync()
    {
        while (await _reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.StartsWith(':'))
            {
                return line;
            }
        }

        throw new InvalidOperationException("The stream ended without a comment.");
    }

    public void Dispose()
    {
        _reader.Dispose();
        _response.Dispose();
    }
}

/// <summary>One record of a log.</summary>
public sealed record LogLine(string Level, string Message, DateTimeOffset At);
