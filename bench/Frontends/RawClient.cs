using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace RootCx.Bench.Frontends;

/// <summary>Asks for one path again and again over one connection, at next to no cost of its own: what is measured runs on the same machine.</summary>
internal sealed class RawClient(Uri url) : IDisposable
{
    private readonly TcpClient _connection = new() { NoDelay = true };
    private readonly byte[] _request = Encoding.ASCII.GetBytes($"GET {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\n\r\n");
    private readonly byte[] _answer = new byte[64 * 1024];

    /// <summary>Connects.</summary>
    public ValueTask ConnectAsync(CancellationToken cancellationToken) => _connection.ConnectAsync(url.Host, url.Port, cancellationToken);

    /// <summary>Asks until the time is over; returns how long each answer took, in milliseconds.</summary>
    /// <exception cref="InvalidOperationException">An answer is not 200.</exception>
    public async Task<List<double>> AskAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        var stream = _connection.GetStream();
        var times = new List<double>();
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < time)
        {
            var asked = Stopwatch.GetTimestamp();
            await stream.WriteAsync(_request, cancellationToken);
            await ReadAnswerAsync(stream, cancellationToken);
            times.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
        }

        return times;
    }

    public void Dispose() => _connection.Dispose();

    private async Task ReadAnswerAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var (read, end) = (0, -1);
        while (end < 0)
        {
            read += await ReadSomeAsync(stream, read, cancellationToken);
            end = _answer.AsSpan(0, read).IndexOf("\r\n\r\n"u8);
        }

        var head = Encoding.ASCII.GetString(_answer, 0, end);
        const string Length = "Content-Length: ";
        var length = head.IndexOf(Length, StringComparison.Ordinal);
        if (!head.StartsWith("HTTP/1.1 200", StringComparison.Ordinal) || length < 0)
        {
            throw new InvalidOperationException(head);
        }

        var digits = head.AsSpan(length + Length.Length);
        var line = digits.IndexOf('\r');
        for (var whole = end + 4 + int.Parse(line < 0 ? digits : digits[..line]); read < whole;)
        {
            read += await ReadSomeAsync(stream, read, cancellationToken);
        }
    }

    private async ValueTask<int> ReadSomeAsync(NetworkStream stream, int offset, CancellationToken cancellationToken)
    {
        var read = await stream.ReadAsync(_answer.AsMemory(offset), cancellationToken);
        return read > 0 ? read : throw new InvalidOperationException("The connection was closed.");
    }
}
