import { LineReader } from "./lines.ts";
import { encode, lineBytes, type Incoming, type Outgoing } from "./messages.ts";
import { SendQueue } from "./send-queue.ts";

/** The worker's end of the socket. Owns the queue of outgoing lines and decides whether the socket keeps the process alive. */
export class Connection {
  onMessage: (message: Incoming) => void = () => {};
  onLost: () => void = () => {};
  /** A socket error, or an error that escaped from `onMessage`. The connection is lost right after. */
  onFault: (error: unknown) => void = () => {};
  /** Why there is no connection at all; null when it was made. */
  failure: string | null = null;
  /** The longest line that the supervisor takes, in bytes of UTF-8, its end not counted. */
  maxLineBytes = Number.POSITIVE_INFINITY;

  readonly #exitFlushLimitMs: number;
  readonly #reader = new LineReader();
  readonly #queue = new SendQueue((bytes) => this.#socket?.write(bytes) ?? -1);
  #socket: BunSocket | null = null;
  #wanted = false;
  #referenced = true;
  #exiting = false;
  #whenEmpty: (() => void)[] = [];

  /** @param exitFlushLimitMs how long a process that is about to end may wait for the supervisor to read its last lines */
  constructor(exitFlushLimitMs: number) {
    this.#exitFlushLimitMs = exitFlushLimitMs;
  }

  get isOpen(): boolean {
    return this.#socket !== null;
  }

  async open(path: string): Promise<void> {
    this.#socket = await Bun.connect({
      unix: path,
      socket: {
        data: (_, chunk) => this.#received(chunk),
        drain: () => {
          this.#queue.flush();
          this.#settle();
        },
        close: () => this.#lost(),
        end: () => this.#lost(),
        error: (_, error) => {
          this.onFault(error);
          this.#lost();
        },
      },
    });
    this.#settle();
  }

  /** False when nobody is there to hear it. A text that makes the line too long is cut. */
  send(message: Outgoing): boolean {
    return this.sendLine(encode(message, this.maxLineBytes));
  }

  /** What is wrong with a line that the supervisor would not take, else null. */
  complaintAbout(line: string): string | null {
    if (line.length * 3 <= this.maxLineBytes) return null; // no UTF-16 unit needs more than three bytes
    const bytes = lineBytes(line);
    return bytes <= this.maxLineBytes ? null : `is ${bytes} bytes long, more than the ${this.maxLineBytes} that can be sent`;
  }

  sendLine(line: string): boolean {
    if (this.#socket === null) return false;
    this.#queue.add(line, () => this.#settle());
    if (this.#exiting) this.flushBeforeExit();
    return true;
  }

  /** From now on the open socket keeps the process alive. */
  keepAlive(): void {
    this.#wanted = true;
    this.#settle();
  }

  /** Resolves once everything sent so far has left, or can't leave any more. */
  flushed(): Promise<void> {
    if (this.#socket === null || this.#queue.isEmpty) return Promise.resolve();
    return new Promise((resolve) => this.#whenEmpty.push(resolve));
  }

  /**
   * No event loop runs any more at exit, so waiting for the reader means trying again. What the app's own
   * exit listeners send afterwards leaves at once.
   */
  flushBeforeExit(): void {
    this.#exiting = true;
    const deadline = performance.now() + this.#exitFlushLimitMs;
    this.#queue.flush();
    while (this.#socket !== null && !this.#queue.isEmpty && performance.now() < deadline) {
      Bun.sleepSync(1);
      this.#queue.flush();
    }
  }

  #received(chunk: Uint8Array): void {
    for (const line of this.#reader.push(chunk)) {
      let message: Incoming;
      try {
        message = JSON.parse(line) as Incoming;
      } catch {
        this.send({ type: "log", level: "warn", message: `a message from the supervisor is not JSON: ${line.slice(0, 200)}` });
        continue;
      }
      this.onMessage(message);
    }
  }

  /** Unsent lines keep the process alive too, else a script that ends by itself would lose them. */
  #settle(): void {
    const needed = this.#wanted || this.#queue.isBlocked;
    if (this.#socket !== null && needed !== this.#referenced) {
      this.#referenced = needed;
      if (needed) this.#socket.ref();
      else this.#socket.unref();
    }
    if (this.#queue.isEmpty) this.#resolveWaiters();
  }

  #lost(): void {
    if (this.#socket === null) return;
    this.#socket = null;
    this.#resolveWaiters();
    this.onLost();
  }

  #resolveWaiters(): void {
    const waiters = this.#whenEmpty;
    this.#whenEmpty = [];
    for (const resolve of waiters) resolve();
  }
}

/** Connects to the socket in the worker's private directory. A connection that can't be made is returned closed. */
export async function connect(directory: string | undefined, exitFlushLimitMs: number): Promise<Connection> {
  const connection = new Connection(exitFlushLimitMs);
  if (!directory) {
    connection.failure = "TMPDIR is not set";
    return connection;
  }
  const path = `${directory}/.rootcx.sock`;
  try {
    await connection.open(path);
  } catch (error) {
    connection.failure = `${path}: ${(error as { code?: string }).code ?? String(error)}`;
  }
  return connection;
}
