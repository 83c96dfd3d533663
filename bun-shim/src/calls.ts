import type { Connection } from "./connection.ts";
import { asError, errorMessage } from "./errors.ts";
import { encodeResult, type AnswerType, type ErrorCode, type JobMessage, type RpcMessage } from "./messages.ts";
import { findMethod, type Registration } from "./serve.ts";

/** Runs handlers and jobs and sends their answers. Every call gets exactly one answer; none can end the process. */
export class Calls {
  readonly #connection: Connection;
  readonly #registration: Registration;
  readonly #context: WorkerContext;
  #warnedAboutJobs = false;

  constructor(connection: Connection, registration: Registration, context: WorkerContext) {
    this.#connection = connection;
    this.#registration = registration;
    this.#context = context;
  }

  rpc({ id, method, params, caller }: RpcMessage): Promise<void> | void {
    const handler = findMethod(this.#registration.methods, method);
    if (handler === null) return this.#fail("rpc_response", id, `unknown method: ${method}`, "unknown_method");
    return this.#answer("rpc_response", id, method, () => handler(params ?? {}, caller ?? null, this.#context));
  }

  job({ id, payload, caller }: JobMessage): Promise<void> {
    const { onJob } = this.#registration.hooks;
    if (onJob === undefined && !this.#warnedAboutJobs) {
      this.#warnedAboutJobs = true;
      this.#context.log.warn("a job arrived but there is no onJob hook: such jobs complete without doing anything");
    }
    return this.#answer("job_result", id, "job", () =>
      onJob === undefined ? { ok: true } : onJob(payload === undefined ? {} : payload, caller ?? null, this.#context));
  }

  /** Tells the app's `onError`, which can't do harm by throwing. */
  async reportError(thrown: unknown, method: string): Promise<void> {
    try {
      await this.#registration.hooks.onError?.(asError(thrown), method);
    } catch (error) {
      this.#context.log.error(`onError error: ${errorMessage(error)}`);
    }
  }

  async #answer(type: AnswerType, id: string, name: string, call: () => unknown): Promise<void> {
    let result: unknown;
    try {
      result = await call();
    } catch (error) {
      this.#fail(type, id, errorMessage(error), "handler");
      return this.reportError(error, name);
    }
    let line: string;
    try {
      line = encodeResult(type, id, result);
    } catch (error) {
      this.#fail(type, id, `the result of '${name}' cannot be sent as JSON: ${errorMessage(error)}`, "not_serializable");
      return this.reportError(error, name);
    }
    const complaint = this.#connection.complaintAbout(line);
    if (complaint !== null) {
      const error = `the result of '${name}' ${complaint}`;
      this.#fail(type, id, error, "too_large");
      return this.reportError(new Error(error), name);
    }
    this.#connection.sendLine(line);
  }

  #fail(type: AnswerType, id: string, error: string, code: ErrorCode): void {
    this.#connection.send(type === "rpc_response" ? { type, id, error, code } : { type, id, error });
  }
}
