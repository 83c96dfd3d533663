import type { JobMessage } from "./messages.ts";

/** One job from its arrival to the end of its handler, and what may abort it in between. */
export class Job {
  readonly message: JobMessage;
  #settled = false;
  #abortReason: string | null = null;
  #controller: AbortController | null = null;

  constructor(message: JobMessage) {
    this.message = message;
  }

  get id(): string {
    return this.message.id;
  }

  /** True once the handler has returned or thrown. */
  get isSettled(): boolean {
    return this.#settled;
  }

  /** Made when it is asked for: most jobs never ask, and it costs a third of a small job's time. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      this.#passOnAbort();
    }
    return this.#controller.signal;
  }

  /** The first reason counts. */
  abort(reason: string): void {
    this.#abortReason ??= reason;
    this.#passOnAbort();
  }

  settle(): void {
    this.#settled = true;
  }

  #passOnAbort(): void {
    if (this.#abortReason === null || this.#controller === null || this.#controller.signal.aborted) return;
    this.#controller.abort(new DOMException(this.#abortReason, "AbortError"));
  }
}
