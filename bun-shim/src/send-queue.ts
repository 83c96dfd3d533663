const encoder = new TextEncoder();

/** Takes what it can and says how many bytes that was; below zero, the socket is gone. */
export type Write = (bytes: Uint8Array) => number;

/**
 * Outgoing lines in order. All lines of one tick leave in one write; what the kernel does not take stays
 * here until `flush` is called again.
 */
export class SendQueue {
  readonly #write: Write;
  #lines = "";
  #rest: Uint8Array | null = null;
  #scheduled = false;

  constructor(write: Write) {
    this.#write = write;
  }

  get isEmpty(): boolean {
    return this.#rest === null && this.#lines === "";
  }

  /** True when the kernel has refused bytes and the socket has to report that it drained. */
  get isBlocked(): boolean {
    return this.#rest !== null;
  }

  add(line: string, flushed: () => void): void {
    this.#lines += line + "\n";
    if (this.#scheduled || this.isBlocked) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.flush();
      flushed();
    });
  }

  flush(): void {
    while (!this.isEmpty) {
      const bytes = this.#rest ?? encoder.encode(this.#takeLines());
      const taken = Math.max(0, this.#write(bytes));
      this.#rest = taken < bytes.length ? bytes.subarray(taken) : null;
      if (this.#rest !== null) return;
    }
  }

  #takeLines(): string {
    const lines = this.#lines;
    this.#lines = "";
    return lines;
  }
}
