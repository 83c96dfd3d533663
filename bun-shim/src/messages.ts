// The wire: one JSON object per line, UTF-8, both directions. README.md has the table.

export interface DiscoverMessage {
  readonly type: "discover";
  readonly app_id?: string;
  readonly runtime_url?: string;
  readonly database_url?: string;
  readonly credentials?: Record<string, string> | null;
}

export interface RpcMessage {
  readonly type: "rpc";
  readonly id: string;
  readonly method: string;
  readonly params?: unknown;
  readonly caller?: Caller | null;
}

export interface JobMessage {
  readonly type: "job";
  readonly id: string;
  readonly payload?: unknown;
  readonly caller?: Caller | null;
}

export interface ShutdownMessage {
  readonly type: "shutdown";
}

export type Incoming = DiscoverMessage | RpcMessage | JobMessage | ShutdownMessage;

export type Level = "info" | "warn" | "error";
export type AnswerType = "rpc_response" | "job_result";
export type ErrorCode = "unknown_method" | "handler" | "not_serializable";

export type Outgoing =
  | { type: "discover"; protocol: 3; methods: string[]; jobs: boolean }
  | { type: "ready" }
  | { type: "log"; level: Level; message: string }
  | { type: AnswerType; id: string; error: string; code?: ErrorCode };

/** A successful answer as a line. `undefined` becomes `null`. Throws when JSON can't express the value. */
export function encodeResult(type: AnswerType, id: string, value: unknown): string {
  return `{"type":"${type}","id":${JSON.stringify(id)},"result":${JSON.stringify(value) ?? "null"}}`;
}

/** An event as a line. Missing data becomes `{}`. Throws when JSON can't express the data. */
export function encodeEvent(name: string, data: unknown): string {
  return `{"type":"event","name":${JSON.stringify(name)},"data":${JSON.stringify(data) ?? "{}"}}`;
}
