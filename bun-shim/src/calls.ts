import type { Connection } from "./connection.ts";
import { FrozenContext, type ContextParts } from "./context.ts";
import { asError, errorMessage } from "./errors.ts";
import type { Job } from "./job.ts";
import { FrozenJobContext } from "./job-context.ts";
import type { Jobs } from "./jobs.ts";
import { encodeResult, type AnswerType, type ErrorCode, type RpcMessage } from "./messages.ts";
import { findMethod, type Registration } from "./serve.ts";
import { withinTrace } from "./trace.ts";

/** A call on its way to its answer. */
interface Call {
  readonly type: AnswerType;
  readonly id: string;
  /** What the app knows it by: the method's name or "job". */
  readonly name: string;
  readonly job?: Job;
}

/** Runs handlers and jobs and sends their answers. Every call gets exactly one answer; none can end the process. */
export class Calls {
  readonly #connection: Connection;
  readonly #registration: Registration;
  readonly #parts: ContextParts;
  readonly #jobs: Jobs;
  #warnedAboutJobs = false;

  constructor(connection: Connection, registration: Registration, parts: ContextParts, jobs: Jobs) {
    this.#connection = connection;
    this.#registration = registration;
    this.#parts = parts;
    this.#jobs = jobs;
  }

  rpc(message: RpcMessage): void {
    const { id, method, params, caller } = message;
    const call: Call = { type: "rpc_response", id, name: method };
    const handler = findMethod(this.#registration.methods, method);
    if (handler === null) this.#fail(call, `unknown method: ${method}`, "unknown_method");
    else this.#answer(call, () => withinTrace(message, () => handler(params ?? {}, caller ?? null, new FrozenContext(this.#parts, id))));
  }

  job(job: Job): void {
    const { onJob } = this.#registration.hooks;
    if (onJob === undefined && !this.#warnedAboutJobs) {
      this.#warnedAboutJobs = true;
      this.#parts.log.warn("a job arrived but there is no onJob hook: such jobs complete without doing anything");
    }
    const { id, payload, caller } = job.message;
    this.#answer({ type: "job_result", id, name: "job", job }, () => {
      if (onJob === undefined) return { ok: true };
      const context = new FrozenJobContext(this.#parts, job, this.#connection);
      return withinTrace(job.message, () => onJob(payload === undefined ? {} : payload, caller ?? null, context));
    });
  }

  /** Tells the app's `onError`, which can't do harm by throwing. */
  async reportError(thrown: unknown, method: string): Promise<void> {
    try {
      await this.#registration.hooks.onError?.(asError(thrown), method);
    } catch (error) {
      this.#parts.log.error(`onError error: ${errorMessage(error)}`);
    }
  }

  /** What is there at once is answered at once: a promise would cost a small call a tenth of its time. */
  #answer(call: Call, run: () => unknown): void {
    let result: unknown;
    try {
      result = run();
      if (isThenable(result)) {
        return void Promise.resolve(result).then((value) => this.#returned(call, value), (error) => this.#threw(call, error));
      }
    } catch (error) {
      return this.#threw(call, error);
    }
    this.#returned(call, result);
  }

  #returned(call: Call, result: unknown): void {
    this.#settled(call);
    let line: string;
    try {
      line = encodeResult(call.type, call.id, result);
    } catch (error) {
      this.#fail(call, `the result of '${call.name}' cannot be sent as JSON: ${errorMessage(error)}`, "not_serializable");
      return void this.reportError(error, call.name);
    }
    const complaint = this.#connection.complaintAbout(line);
    if (complaint !== null) {
      const error = `the result of '${call.name}' ${complaint}`;
      this.#fail(call, error, "too_large");
      return void this.reportError(new Error(error), call.name);
    }
    this.#connection.sendLine(line);
  }

  #threw(call: Call, error: unknown): void {
    this.#settled(call);
    this.#fail(call, errorMessage(error), "handler");
    void this.reportError(error, call.name);
  }

  #settled({ job }: Call): void {
    if (job !== undefined) this.#jobs.settle(job);
  }

  #fail({ type, id }: Call, error: string, code: ErrorCode): void {
    this.#connection.send(type === "rpc_response" ? { type, id, error, code } : { type, id, error });
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Promise || typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}
