import type { Connection } from "./connection.ts";
import { show } from "./format.ts";
import type { Job } from "./job.ts";
import { shortened } from "./output.ts";

/**
 * What `onJob` gets, made once per job and so as cheap as can be: plain values are its own properties, as in the
 * worker's context, and what few jobs need is made by a getter when it is read.
 */
export class FrozenJobContext implements JobContext {
  readonly appId: string;
  readonly runtimeUrl: string;
  readonly databaseUrl: string;
  readonly credentials: Readonly<Record<string, string>>;
  readonly log: WorkerLog;
  readonly emit: EmitEvent;
  readonly jobId: string;
  readonly attempt: number;
  readonly #job: Job;
  readonly #connection: Connection;
  #progress: JobContext["progress"] | null = null;

  constructor(worker: WorkerContext, job: Job, connection: Connection) {
    this.appId = worker.appId;
    this.runtimeUrl = worker.runtimeUrl;
    this.databaseUrl = worker.databaseUrl;
    this.credentials = worker.credentials;
    this.log = worker.log;
    this.emit = worker.emit;
    this.jobId = job.message.msg_id ?? job.id;
    this.attempt = job.message.attempt ?? 1;
    this.#job = job;
    this.#connection = connection;
    Object.freeze(this);
  }

  get signal(): AbortSignal {
    return this.#job.signal;
  }

  /** Can be taken out of the context, as `log` and `emit` can. */
  get progress(): JobContext["progress"] {
    return (this.#progress ??= (fraction, note) => this.#report(fraction, note));
  }

  /** After the job's end the message would concern nobody, or the next run of the job. */
  #report(fraction: unknown, note: unknown): void {
    if (this.#job.isSettled || !this.#connection.isOpen) return;
    if (typeof fraction !== "number" || Number.isNaN(fraction)) {
      this.log.warn(`progress(): ignored, because the fraction has to be a number from 0 to 1, not ${show(fraction)}`);
      return;
    }
    const message = { type: "job_progress", id: this.#job.id, fraction: Math.min(1, Math.max(0, fraction)) } as const;
    this.#connection.send(note === undefined || note === null ? message : { ...message, note: shortened(show(note)) });
  }
}
