import { Calls } from "./calls.ts";
import type { Connection } from "./connection.ts";
import { FrozenContext, type ContextParts } from "./context.ts";
import { errorMessage } from "./errors.ts";
import type { Limits } from "./install.ts";
import { Job } from "./job.ts";
import { Jobs } from "./jobs.ts";
import type { DiscoverMessage, Incoming, RpcMessage } from "./messages.ts";
import { Operations } from "./operations.ts";
import { methodNames, type Registration } from "./serve.ts";
import { within } from "./within.ts";
import type { WorkerToken } from "./worker-token.ts";

/**
 * The life of this process as the supervisor sees it: `serve()` and the supervisor's `discover` may come in
 * either order; once both are there `onStart` runs; once that has settled, calls are served.
 */
export class Worker {
  readonly #connection: Connection;
  readonly #log: WorkerLog;
  readonly #emit: EmitEvent;
  readonly #token: WorkerToken;
  readonly #limits: Limits;
  readonly #jobs = new Jobs();
  readonly #operations: Operations;
  #registration: Registration | null = null;
  #parts: ContextParts | null = null;
  #calls: Calls | null = null;
  #held: (RpcMessage | Job)[] | null = [];
  #stopping: Promise<void> | null = null;

  constructor(connection: Connection, log: WorkerLog, emit: EmitEvent, token: WorkerToken, limits: Limits) {
    this.#connection = connection;
    this.#log = log;
    this.#emit = emit;
    this.#token = token;
    this.#limits = limits;
    this.#operations = new Operations(connection, limits.operationLimitMs);
  }

  serve(registration: Registration): void {
    this.#registration = registration;
    const { methods, hooks } = registration;
    this.#connection.send({ type: "discover", protocol: 3, methods: methodNames(methods), jobs: hooks.onJob !== undefined });
    this.#connection.keepAlive();
    void this.#startWhenComplete();
  }

  /** Types that this version does not know are passed over. */
  receive(message: Incoming): void {
    switch (message?.type) {
      case "discover":
        this.#configure(message);
        return void this.#startWhenComplete();
      case "token":
        return this.#token.receive(message.token);
      case "rpc":
        return this.#runWhenReady(message);
      case "job":
        return this.#runWhenReady(this.#jobs.accept(message));
      case "job_abort":
        return this.#jobs.abort(message.id, message.reason);
      case "collection_op_result":
      case "sql_query_result":
        return this.#operations.settle(message);
      case "ping":
        return void this.#connection.send({ type: "pong" });
      case "shutdown":
        return void this.#shutDown();
    }
  }

  /** The supervisor's end closed: nobody would restart or stop this process any more. */
  orphaned(): void {
    this.#token.stopWaiting();
    this.#operations.stop();
    const code = this.#stopping === null ? 1 : 0;
    void within(this.#limits.orphanLimitMs, this.#stop()).then(() => process.exit(code));
  }

  async #startWhenComplete(): Promise<void> {
    if (this.#registration === null || this.#parts === null || this.#calls !== null) return;
    this.#calls = new Calls(this.#connection, this.#registration, this.#parts, this.#jobs);

    const { onStart } = this.#registration.hooks;
    if (onStart !== undefined && !(await within(this.#limits.startLimitMs, this.#runOnStart(onStart, this.#calls)))) {
      this.#log.warn(`onStart has not finished within ${this.#limits.startLimitMs / 1000} s: calls are served from now on`);
    }
    this.#connection.send({ type: "ready" });
    const held = this.#held ?? [];
    this.#held = null;
    for (const call of held) this.#run(call);
  }

  async #runOnStart(onStart: NonNullable<ServeHooks["onStart"]>, calls: Calls): Promise<void> {
    try {
      await onStart(new FrozenContext(this.#parts!)); // only called once they are there
    } catch (error) {
      this.#log.error(`onStart error: ${errorMessage(error)}`);
      void calls.reportError(error, "onStart");
    }
  }

  #runWhenReady(call: RpcMessage | Job): void {
    if (this.#held === null) this.#run(call);
    else this.#held.push(call);
  }

  #run(call: RpcMessage | Job): void {
    if (call instanceof Job) this.#calls!.job(call); // held back until there are calls
    else this.#calls!.rpc(call);
  }

  async #shutDown(): Promise<void> {
    await this.#stop();
    await this.#connection.flushed();
    process.exit(0);
  }

  /** Aborts the jobs and runs `onShutdown`, once, whoever asks first. */
  #stop(): Promise<void> {
    return (this.#stopping ??= (async () => {
      this.#jobs.stop("the worker is stopping");
      try {
        await this.#registration?.hooks.onShutdown?.();
      } catch (error) {
        this.#log.error(`onShutdown error: ${errorMessage(error)}`);
      }
    })());
  }

  /** What the app has been told stays; limit and token may change. */
  #configure(message: DiscoverMessage): void {
    this.#parts ??= this.#partsFrom(message);
    this.#token.receive(message.token);
    if (message.max_message_bytes) this.#connection.maxLineBytes = message.max_message_bytes;
  }

  #partsFrom(message: DiscoverMessage): ContextParts {
    const config: WorkerConfig = {
      appId: message.app_id ?? "",
      runtimeUrl: message.runtime_url ?? "",
      databaseUrl: message.database_url ?? "",
      credentials: Object.freeze({ ...message.credentials }),
    };
    return { config, log: this.#log, emit: this.#emit, operations: this.#operations };
  }
}
