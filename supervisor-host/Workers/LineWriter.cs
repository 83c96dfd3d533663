using System.Buffers;

namespace RootCx.SupervisorHost.Workers;

/// <summary>
/// Writes lines to a worker without ever waiting for it. A line goes out at once if nothing is under way; those that come meanwhile go out together
/// afterwards, and those that a worker does not read are bounded.
/// </summary>
internal sealed class LineWriter : IAsyncDisposable
{
    private const int Batch = 64 * 1024;
    private const long MostWaiting = 32 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<ReadOnlyMemory<byte>> _lines = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Stream _stream;
    private long _waiting;
    private bool _writing;
    private bool _completed;

    /// <summary>Takes over <paramref name="stream"/>, whose asynchronous writes must not block.</summary>
    public LineWriter(Stream stream) => _stream = stream;

    /// <summary>
    /// Sends a line, its end included. False when too much is waiting already. A line to a worker that is gone is lost, as its exit will tell.
    /// </summary>
    public bool Send(ReadOnlyMemory<byte> line)
    {
        lock (_gate)
        {
            if (_waiting > 0 && _waiting + line.Length > MostWaiting)
            {
                return false;
            }

            if (_completed)
            {
                return true;
            }

            _waiting += line.Length;
            _lines.Enqueue(line);
            if (_writing)
            {
                return true;
            }

            _writing = true;
        }

        _ = WriteAsync();
        return true;
    }

    /// <summary>Sends what is waiting, then closes the stream; returns without waiting for either.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _completed = true;
            if (_writing)
            {
                return;
            }

            _writing = true;
        }

        _ = WriteAsync();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Complete();
        await _stream.DisposeAsync();
        await _closed.Task;
    }

    // By whoever set _writing. Never faults.
    private async Task WriteAsync()
    {
        try
        {
            ArrayBufferWriter<byte>? batch = null;
            bool close;
            while (Next(ref batch, out close) is { } next)
            {
                await _stream.WriteAsync(next);
                await _stream.FlushAsync();
                lock (_gate)
                {
                    _waiting -= next.Length;
                }
            }

            if (!close)
            {
                return;
            }

            await _stream.DisposeAsync();
        }
        catch (Exception)
        {
            // Nothing reaches the worker any more, mostly because it is gone; whoever waits for it learns so from its exit.
            lock (_gate)
            {
                _completed = true;
                _lines.Clear();
                _waiting = 0;
            }
        }

        _closed.TrySetResult();
    }

    // What to write next: one line as it is, or several together. Null when there is nothing, and then nobody writes any more.
    private ReadOnlyMemory<byte>? Next(ref ArrayBufferWriter<byte>? batch, out bool close)
    {
        lock (_gate)
        {
            close = false;
            if (!_lines.TryDequeue(out var first))
            {
                close = _completed;
                _writing = close; // who closes goes on to be the only one
                return null;
            }

            if (_lines.Count == 0 || first.Length >= Batch)
            {
                return first;
            }

            batch ??= new ArrayBufferWriter<byte>(Batch);
            batch.ResetWrittenCount();
            batch.Write(first.Span);
            while (batch.WrittenCount < Batch && _lines.TryDequeue(out var line))
            {
                batch.Write(line.Span);
            }

            return batch.WrittenMemory;
        }
    }
}
