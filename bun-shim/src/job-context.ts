import type { Connection } from "./connection.ts";
import { Context, type ContextParts } from "./context.ts";
import { show } from "./format.ts";
import type { Job } from "./job.ts";
import { shortened } from "./output.ts";

/** What `onJob` gets: its own properties are plain values, and what few jobs need is made by a getter when it is read. */
export class FrozenJobContext extends Context implements JobContext {
  readonly jobId: string;
  readonly attempt: number;
  readonly #job: Job;
  readonly #connection: Connection;
  #progress: JobContext["progress"] | null = null;

  constructor(parts: ContextParts, job: Job, connection: Connection) {
    super(parts, job.id);
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
