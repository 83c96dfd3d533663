import { Job } from "./job.ts";
import type { JobMessage } from "./messages.ts";

/** The jobs that have arrived and not settled, also those held back: all that can still be aborted. */
export class Jobs {
  readonly #unsettled = new Map<string, Job>();
  #stopReason: string | null = null;

  accept(message: JobMessage): Job {
    const job = new Job(message);
    if (this.#stopReason !== null) job.abort(this.#stopReason);
    this.#unsettled.set(job.id, job);
    return job;
  }

  /** An id that is not there has settled, or was never here. */
  abort(id: string, reason: string): void {
    this.#unsettled.get(id)?.abort(reason);
  }

  /** Aborts every job, and each that comes later as well. */
  stop(reason: string): void {
    this.#stopReason = reason;
    for (const job of this.#unsettled.values()) job.abort(reason);
  }

  settle(job: Job): void {
    job.settle();
    // A job that was delivered again while it ran has taken the id over.
    if (this.#unsettled.get(job.id) === job) this.#unsettled.delete(job.id);
  }
}
