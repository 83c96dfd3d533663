using System.Diagnostics;

namespace RootCx.Core.Telemetry;

/// <summary>Where something stands in a trace, in the form in which W3C Trace Context passes it on.</summary>
/// <param name="Parent">The <c>traceparent</c>.</param>
/// <param name="State">The <c>tracestate</c>, if there is one.</param>
public sealed record TraceContext(string Parent, string? State = null)
{
    // What the recommendation asks everybody to pass on at least; more might crowd out what it travels with.
    private const int MostState = 512;

    /// <summary>Of what runs at the moment; null outside a trace.</summary>
    public static TraceContext? Current => Of(Activity.Current);

    /// <summary>Of what runs at the moment, if that is recorded: else nobody would look at what is kept of it.</summary>
    public static TraceContext? Recorded => Activity.Current is { Recorded: true } activity ? Of(activity) : null;

    /// <summary>Of an activity; null for none.</summary>
    public static TraceContext? Of(Activity? activity) => activity is { IdFormat: ActivityIdFormat.W3C, Id: { } id }
        ? new TraceContext(id, activity.TraceStateString is { Length: > 0 and <= MostState } state ? state : null)
        : null;

    /// <summary>As the parent of an activity elsewhere; the default, which is no parent, if it is malformed.</summary>
    public ActivityContext ToParent() => ActivityContext.TryParse(Parent, State, isRemote: true, out var context) ? context : default;
}
