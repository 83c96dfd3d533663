namespace RootCx.Core.Channels;

/// <summary>
/// The calls to one worker that are under way, and how fast they are answered. A call that joins <c>n</c> others where <c>r</c> are answered each second waits
/// <c>n / r</c> seconds, whatever it is that they wait for. Handlers that are slow and in time are not foretold to be late: only where many calls are under
/// way, and some lately got no answer, is one more too many; any at all where none was answered for a while. Not safe for use by several threads at once.
/// </summary>
/// <param name="timeout">How long a call may take.</param>
/// <param name="time">The clock.</param>
public sealed class WorkerBacklog(TimeSpan timeout, TimeProvider time)
{
    /// <summary>Fewer than these are no queue.</summary>
    public const int Many = 64;

    private readonly TimeSpan _span = timeout / 2;
    private long _begun; // the span that is counted in
    private (int Answered, int Unanswered) _now;
    private (int Answered, int Unanswered) _before; // in a whole span; nothing at first

    /// <summary>How many are under way.</summary>
    public int Count { get; private set; }

    /// <summary>One more is under way.</summary>
    public void Add()
    {
        if (++Count == Many)
        {
            (_begun, _now, _before) = (time.GetTimestamp(), default, default);
        }
    }

    /// <summary>One less is under way.</summary>
    /// <param name="answered">Whether that is because it was answered.</param>
    public void Remove(bool answered)
    {
        MoveOn();
        Count--;
        if (answered)
        {
            _now.Answered++;
        }
        else
        {
            _now.Unanswered++;
        }
    }

    /// <summary>By how much one more call would, as far as can be foretold, be too late; zero or less if it would not.</summary>
    public TimeSpan Lateness()
    {
        MoveOn();
        if (Count < Many || _before.Unanswered + _now.Unanswered == 0)
        {
            return TimeSpan.Zero;
        }

        var answered = Math.Max(_before.Answered, _now.Answered);
        if (answered == 0)
        {
            return _before.Unanswered > 0 ? timeout : TimeSpan.Zero; // a whole span says more than its beginning
        }

        return _before.Answered == 0 ? TimeSpan.Zero : (_span * ((double)Count / answered)) - timeout;
    }

    private void MoveOn()
    {
        var passed = time.GetElapsedTime(_begun);
        if (passed >= _span)
        {
            (_begun, _now, _before) = (time.GetTimestamp(), default, passed < 2 * _span ? _now : default);
        }
    }
}
