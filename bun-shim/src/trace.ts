import { AsyncLocalStorage } from "node:async_hooks";

/** Where a call stands in a trace, as in the headers of W3C Trace Context. */
export interface TraceContext {
  readonly traceparent?: string;
  readonly tracestate?: string;
}

const present = new AsyncLocalStorage<TraceContext>();

/** Runs what a call asks for; whatever it starts, now or later, belongs to the call's trace. */
export function withinTrace<T>(trace: TraceContext, run: () => T): T {
  return typeof trace.traceparent === "string" ? present.run(trace, run) : run();
}

/** The headers that let a request go on with the present call's trace; none outside a call. */
export function traceHeaders(): Record<string, string> {
  const trace = present.getStore();
  if (trace?.traceparent === undefined) return {};
  return typeof trace.tracestate === "string"
    ? { traceparent: trace.traceparent, tracestate: trace.tracestate }
    : { traceparent: trace.traceparent };
}
