using System.Diagnostics;
using RootCx.Core.Telemetry;

namespace RootCx.Core.Channels;

/// <summary>The activities that a call consists of: one at the end that asks, and as its child one at the end that answers. Null where nobody listens.</summary>
internal static class RpcSpans
{
    /// <summary>From asking until the answer is there.</summary>
    public static Activity? Call(string appId, string method) => Named(Traces.Source.StartActivity("rpc call", ActivityKind.Client), appId, method);

    /// <summary>From the arrival at the supervisor until there is an answer to be sent.</summary>
    public static Activity? Serve(RpcRequest request) =>
        Named(Traces.Source.StartActivity("rpc serve", ActivityKind.Server, request.Trace?.ToParent() ?? default), request.AppId, request.Method);

    /// <summary>Notes what the call came to; null for nothing that anybody waits for.</summary>
    public static void End(Activity? span, RpcOutcome? outcome)
    {
        if (outcome?.Error is not null)
        {
            span?.SetTag("error.type", outcome.Code);
            span?.SetStatus(ActivityStatusCode.Error, outcome.Error);
        }
    }

    private static Activity? Named(Activity? span, string appId, string method) =>
        span?.SetTag("rpc.system", "rootcx").SetTag("rpc.service", appId).SetTag("rpc.method", method);
}
