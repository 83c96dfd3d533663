import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The limit of each test in milliseconds. Generous on purpose: it only decides how long a broken test hangs. */
export const patience = 30_000;

export type Message = { type: string } & Record<string, any>;

export interface StartOptions {
  /** Sent as soon as the worker has connected; null leaves that to the test. */
  discover?: Record<string, unknown> | null;
  preload?: string;
  /** False leaves the directory without a socket. */
  listen?: boolean;
  env?: Record<string, string | undefined>;
  stdin?: "pipe" | "ignore";
}

const preload = join(import.meta.dir, "../src/preload.ts");
/** A preload with short limits. */
export const impatient = join(import.meta.dir, "fixtures/impatient-preload.ts");
/** A preload that waits for a token longer than a test may take. */
export const patient = join(import.meta.dir, "fixtures/patient-preload.ts");

/** Plays the supervisor: a real Unix socket, a real Bun process with the preload, one private directory. */
export class Supervisor implements AsyncDisposable {
  readonly received: Message[] = [];
  readonly directory: string;
  socket!: Socket;
  process!: BunProcess;
  #server: Server | null = null;
  #changed = Promise.withResolvers<void>();
  #closed = false;
  #nextId = 0;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Runs the code as a worker's entry file and waits until it has connected. */
  static async start(code: string, options: StartOptions = {}): Promise<Supervisor> {
    const supervisor = new Supervisor(mkdtempSync(join(tmpdir(), "shim-")));
    await supervisor.#start(code, options);
    return supervisor;
  }

  /**
   * Runs a script that ends by itself. The supervisor stays silent: bytes that a process leaves unread reset
   * its connection, and the socket at this end then throws away what it has not read yet.
   */
  static async script(code: string, options: StartOptions = {}): Promise<Supervisor> {
    return Supervisor.start(code, { ...options, discover: null });
  }

  /** Like start, and waits until the worker is ready for calls. */
  static async ready(code: string, options: StartOptions = {}): Promise<Supervisor> {
    const supervisor = await Supervisor.start(code, options);
    await supervisor.message("ready");
    return supervisor;
  }

  send(...messages: object[]): void {
    this.socket.write(messages.map((message) => JSON.stringify(message) + "\n").join(""));
  }

  /** Sends a call and waits for its answer. */
  rpc(method: string, params?: unknown, caller: object | null = null): Promise<Message> {
    const id = `call-${this.#nextId++}`;
    this.send({ type: "rpc", id, method, params, caller });
    return this.answer(id);
  }

  /** Sends a job and waits for its result. */
  job(payload: unknown, rest: object = {}): Promise<Message> {
    const id = `${this.#nextId++}`;
    this.send({ type: "job", id, payload, ...rest });
    return this.answer(id);
  }

  answer(id: string): Promise<Message> {
    return this.find((message) => message["id"] === id && message.type !== "job_progress");
  }

  message(type: string): Promise<Message> {
    return this.find((message) => message.type === type);
  }

  log(level: string, part: string): Promise<Message> {
    return this.find((m) => m.type === "log" && m["level"] === level && m["message"].includes(part));
  }

  /** The first message, come or to come, that fits. Rejects when the worker's end closes without one. */
  async find(fits: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const found = this.received.find(fits);
      if (found !== undefined) return found;
      if (this.#closed) throw new Error(`the worker is gone; it sent ${JSON.stringify(this.received)}`);
      await this.#changed.promise;
    }
  }

  /** All messages of the process, once it has ended, and how it ended. */
  async end(): Promise<{ code: number; stdout: string; stderr: string }> {
    const [code, stdout, stderr] = await Promise.all([
      this.process.exited,
      this.process.stdout.text(),
      this.process.stderr.text(),
    ]);
    if (this.#server !== null) await this.closed();
    return { code, stdout, stderr };
  }

  /** Waits until the worker's end of the socket has closed and everything it sent has been read. */
  async closed(): Promise<void> {
    while (!this.#closed) await this.#changed.promise;
  }

  logs(): string[] {
    return this.received.filter((m) => m.type === "log").map((m) => `${m["level"]}: ${m["message"]}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process?.kill("SIGKILL");
    await this.process?.exited;
    this.socket?.destroy();
    this.#server?.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #start(code: string, options: StartOptions): Promise<void> {
    if (options.listen !== false) await this.#listen();
    const connected = this.#server === null ? null : once(this.#server, "connection");
    const entry = join(this.directory, "index.ts");
    writeFileSync(entry, code);
    const env = { ...process.env, TMPDIR: this.directory, NO_COLOR: "1", ...options.env };
    this.process = Bun.spawn([process.execPath, "--preload", options.preload ?? preload, entry], {
      cwd: this.directory,
      env: Object.fromEntries(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined)),
      stdin: options.stdin ?? "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    if (connected === null) return;
    [this.socket] = await connected;
    if (options.discover !== null) this.send({ type: "discover", ...configuration, ...options.discover });
  }

  async #listen(): Promise<void> {
    const server = createServer((socket) => this.#receive(socket));
    this.#server = server;
    server.listen(join(this.directory, ".rootcx.sock"));
    await once(server, "listening");
  }

  #receive(socket: Socket): void {
    let text = "";
    const decoder = new TextDecoder();
    socket.on("data", (chunk) => {
      text += decoder.decode(chunk, { stream: true });
      const lines = text.split("\n");
      text = lines.pop()!;
      for (const line of lines) this.received.push(JSON.parse(line));
      if (lines.length > 0) this.#wake();
    });
    // A process that ends with unread bytes resets the connection: for the test that is a close like any other.
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#closed = true;
      this.#wake();
    });
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

export const configuration = {
  app_id: "sales_crm",
  runtime_url: "http://127.0.0.1:9100",
  database_url: "postgres://app:secret@127.0.0.1:5432/db",
};
