// The wire: one JSON object per line, UTF-8, both directions. README.md has the table.

export interface DiscoverMessage {
  readonly type: "discover";
  readonly app_id?: string;
  readonly runtime_url?: string;
  readonly database_url?: string;
  readonly credentials?: Record<string, string> | null;
  readonly token?: string | null;
  readonly max_message_bytes?: number | null;
}

/** A new token in place of the last one. */
export interface TokenMessage {
  readonly type: "token";
  readonly token: string;
}

export interface RpcMessage {
  readonly type: "rpc";
  readonly id: string;
  readonly method: string;
  readonly params?: unknown;
  readonly caller?: Caller | null;
  /** Where the call stands in a trace, as in the headers of W3C Trace Context. */
  readonly traceparent?: string;
  readonly tracestate?: string;
}

export interface JobMessage {
  readonly type: "job";
  /** Of this delivery, to be answered with. */
  readonly id: string;
  /** The job's own id; without it, the delivery's is. */
  readonly msg_id?: string;
  /** How many times the job has been delivered, this time counted. */
  readonly attempt?: number;
  readonly payload?: unknown;
  readonly caller?: Caller | null;
  /** The trace that the job runs in, as in the header of W3C Trace Context. */
  readonly traceparent?: string;
}

/** Asks a job to end early. */
export interface JobAbortMessage {
  readonly type: "job_abort";
  readonly id: string;
  readonly reason: string;
}

export interface ShutdownMessage {
  readonly type: "shutdown";
}

/** Asks whether the worker still listens. */
export interface PingMessage {
  readonly type: "ping";
}

/** What became of something that the worker asked for. */
export interface OperationResultMessage {
  readonly type: "collection_op_result" | "sql_query_result";
  readonly id: string;
  readonly result?: unknown;
  readonly error?: string | null;
}

export type Incoming =
  | DiscoverMessage
  | TokenMessage
  | RpcMessage
  | JobMessage
  | JobAbortMessage
  | PingMessage
  | ShutdownMessage
  | OperationResultMessage;

export type Level = "info" | "warn" | "error";
export type AnswerType = "rpc_response" | "job_result";
export type ErrorCode = "unknown_method" | "handler" | "not_serializable" | "too_large";

export type Outgoing =
  | { type: "discover"; protocol: 3; methods: string[]; jobs: boolean }
  | { type: "ready" }
  | { type: "pong" }
  | { type: "log"; level: Level; message: string }
  | { type: "job_progress"; id: string; fraction: number; note?: string }
  | { type: AnswerType; id: string; error: string; code?: ErrorCode };

/** Something that the worker asks for, but for its id. Without a `call` it is on nobody's behalf. */
export type OperationMessage =
  | { type: "collection_op"; call: string | undefined; op: string; entity: string; data: unknown }
  | { type: "sql_query"; call: string | undefined; text: string; params: unknown[] };

/** The length of a line on the wire, its end not counted. */
export function lineBytes(line: string): number {
  return Buffer.byteLength(line);
}

/** A message as a line of at most `limit` bytes: a text that makes it longer is cut. Without a text it stays as it is. */
export function encode(message: Outgoing, limit: number): string {
  const line = JSON.stringify(message);
  if (line.length * 3 <= limit || lineBytes(line) <= limit) return line;
  if ("message" in message) return longest(message.message, limit, (cut) => JSON.stringify({ ...message, message: cut }));
  if ("note" in message) return longest(message.note, limit, (cut) => JSON.stringify({ ...message, note: cut }));
  if ("error" in message) return longest(message.error, limit, (cut) => JSON.stringify({ ...message, error: cut }));
  return line;
}

// How long a text becomes in JSON depends on its characters, so the cut is searched for.
function longest(text: string, limit: number, lineWith: (cut: string) => string): string {
  let best = lineWith("…");
  let fits = 0;
  let tooMany = text.length;
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >>> 1;
    const line = lineWith(`${text.slice(0, middle)}…`);
    if (lineBytes(line) > limit) tooMany = middle;
    else [fits, best] = [middle, line];
  }
  return best;
}

/** A successful answer as a line. `undefined` becomes `null`. Throws when JSON can't express the value. */
export function encodeResult(type: AnswerType, id: string, value: unknown): string {
  return `{"type":"${type}","id":${JSON.stringify(id)},"result":${JSON.stringify(value) ?? "null"}}`;
}

/** An event as a line. Missing data becomes `{}`. Throws when JSON can't express the data. */
export function encodeEvent(name: string, data: unknown): string {
  return `{"type":"event","name":${JSON.stringify(name)},"data":${JSON.stringify(data) ?? "{}"}}`;
}
