import { within } from "./within.ts";

/** The app's own token for the platform's API. Only the `fetch` that was made with it reads it. */
export class WorkerToken {
  readonly #limitMs: number;
  readonly #arrived = Promise.withResolvers<void>();
  #current: string | null = null;
  #isAwaited = true;

  /** @param limitMs how long the first token is waited for, in milliseconds */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  get current(): string | null {
    return this.#current;
  }

  /** False once the supervisor has spoken, or has been waited for in vain. */
  get isAwaited(): boolean {
    return this.#isAwaited;
  }

  /** What the supervisor said. When that was no token the last one stays. */
  receive(token: unknown): void {
    if (typeof token === "string" && token !== "") this.#current = token;
    this.stopWaiting();
  }

  stopWaiting(): void {
    this.#isAwaited = false;
    this.#arrived.resolve();
  }

  /** Resolves when there is nothing to wait for any more, or the signal aborts. */
  async arrival(signal: unknown): Promise<void> {
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    const abort = (): void => resolve();
    if (signal instanceof AbortSignal) {
      if (signal.aborted) return;
      signal.addEventListener("abort", abort);
    }
    await Promise.race([within(this.#limitMs, this.#arrived.promise).then(() => this.stopWaiting()), aborted]);
    if (signal instanceof AbortSignal) signal.removeEventListener("abort", abort);
  }
}
