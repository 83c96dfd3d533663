using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;

namespace RootCx.Tests.Faults;

/// <summary>What became of each of many calls, and which handlers ran for them.</summary>
internal sealed class CallBook
{
    // Time for the answer itself to arrive, on a machine that has much else to do.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    private readonly ConcurrentQueue<CallOutcome> _outcomes = new();

    /// <summary>How many calls were answered with their result.</summary>
    public int Succeeded => _outcomes.Count(outcome => outcome.Status == HttpStatusCode.OK);

    /// <summary>Those that were not.</summary>
    public IReadOnlyList<CallOutcome> Failures => [.. _outcomes.Where(outcome => outcome.Status != HttpStatusCode.OK)];

    /// <summary>Notes a call that is over.</summary>
    public void Add(CallOutcome outcome) => _outcomes.Enqueue(outcome);

    /// <summary>
    /// All that must not be, whatever parts die: a call without an answer in time, an answer that is no result and no clear error, a handler that ran twice for one call, or not at all
    /// though its result was given.
    /// </summary>
    /// <param name="ran">The calls that handlers ran for, each as often as they did.</param>
    /// <param name="timeout">Of calls.</param>
    /// <param name="mayBreak">Whether connections to the API may break.</param>
    public IReadOnlyList<string> Complaints(IEnumerable<string> ran, TimeSpan timeout, bool mayBreak)
    {
        var runs = ran.CountBy(id => id).ToDictionary();
        return
        [
            .. runs.Where(run => run.Value > 1).Select(run => $"{run.Key} ran {run.Value} times"),
            .. _outcomes.Where(outcome => outcome.Elapsed > timeout + Margin).Select(outcome => $"{outcome.Id} took {outcome.Elapsed.TotalSeconds:0.0} s"),
            .. _outcomes.Where(outcome => outcome.Status == HttpStatusCode.OK && !runs.ContainsKey(outcome.Id)).Select(outcome => $"{outcome.Id} has a result and did not run"),
            .. _outcomes.Where(outcome => !IsAnswer(outcome, mayBreak)).Select(outcome => $"{outcome.Id} was answered with {(int?)outcome.Status}: {outcome.Text}"),
        ];
    }

    private static bool IsAnswer(CallOutcome outcome, bool mayBreak) => outcome.Status switch
    {
        HttpStatusCode.OK => outcome.Text == $"\"{outcome.Id}\"",
        HttpStatusCode.InternalServerError or HttpStatusCode.ServiceUnavailable => IsError(outcome.Text),
        null => mayBreak,
        _ => false,
    };

    private static bool IsError(string text)
    {
        try
        {
            using var body = JsonDocument.Parse(text);
            return body.RootElement.GetProperty("error").GetString() is { Length: > 0 };
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return false;
        }
    }
}

/// <summary>A call that is over.</summary>
/// <param name="Id">What it was called with, and what its result should be.</param>
/// <param name="Status">Null when the connection broke.</param>
/// <param name="Text">The body, or how the connection broke.</param>
/// <param name="Elapsed">From sending it to the end of the answer.</param>
internal sealed record CallOutcome(string Id, HttpStatusCode? Status, string Text, TimeSpan Elapsed);
