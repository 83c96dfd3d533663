using System.Diagnostics;
using RootCx.Core.Telemetry;

namespace RootCx.Core.Jobs;

/// <summary>The activity that a delivery of a job is, in the trace of what enqueued it. Null where nobody listens.</summary>
public static class JobSpans
{
    /// <summary>The worker gets the job. Whoever calls this stays in the trace that it is in.</summary>
    public static Activity? Run(JobDelivery job)
    {
        var present = Activity.Current;
        Activity.Current = null; // or a job without a trace would belong to whatever is done at the moment
        var parent = job.Trace is null ? default : new TraceContext(job.Trace).ToParent();
        var span = Traces.Source.StartActivity("job process", ActivityKind.Consumer, parent)
            ?.SetTag("messaging.system", "rootcx")
            .SetTag("messaging.operation.name", "process")
            .SetTag("messaging.destination.name", job.AppId)
            .SetTag("messaging.message.id", job.Id);
        Activity.Current = present;
        return span;
    }

    /// <summary>It is over.</summary>
    public static void End(Activity? span, JobOutcome? outcome)
    {
        if (span is null)
        {
            return;
        }

        if (outcome?.Error is { } error)
        {
            span.SetStatus(ActivityStatusCode.Error, error);
        }

        span.SetTag("rootcx.state", outcome?.State.Name());
        var present = Activity.Current;
        span.Stop();
        Activity.Current = present;
    }
}
