// The part of Bun's and Node's API that this package uses, declared by hand so that checking types needs no packages.

interface BunSocket {
  /** Returns how many bytes were taken; negative when the socket is closed. */
  write(bytes: Uint8Array): number;
  ref(): void;
  unref(): void;
}

interface BunSocketHandlers {
  data(socket: BunSocket, chunk: Uint8Array): void;
  drain(socket: BunSocket): void;
  close(socket: BunSocket): void;
  end(socket: BunSocket): void;
  error(socket: BunSocket, error: unknown): void;
}

interface BunProcess {
  readonly stdin: { write(text: string): void; end(): void };
  readonly stdout: ReadableText;
  readonly stderr: ReadableText;
  readonly exited: Promise<number>;
  readonly exitCode: number | null;
  kill(signal?: string): void;
}

interface BunServer {
  readonly url: URL;
  readonly port: number;
  stop(closeConnections: boolean): Promise<void>;
}

interface ReadableText extends AsyncIterable<Uint8Array> {
  text(): Promise<string>;
}

declare const Bun: {
  connect(options: { unix: string; socket: BunSocketHandlers }): Promise<BunSocket>;
  sleepSync(milliseconds: number): void;
  spawn(
    command: string[],
    options: { cwd?: string; env?: Record<string, string>; stdin?: "pipe" | "ignore"; stdout?: "pipe"; stderr?: "pipe" },
  ): BunProcess;
  spawnSync(command: string[]): { success: boolean; stderr: Uint8Array };
  which(program: string): string | null;
  serve(options: {
    port: number;
    hostname: string;
    tls?: { key: string; cert: string };
    fetch(request: Request): Promise<Response>;
  }): BunServer;
  inspect: { table(rows: object, columns?: string[]): string };
};

declare const process: {
  readonly env: Record<string, string | undefined>;
  readonly execPath: string;
  exit(code?: number): never;
  on(event: "exit", listener: () => void): void;
  getBuiltinModule(name: "node:util"): typeof import("node:util");
};

declare const console: Record<"log" | "info" | "warn" | "error", (...values: unknown[]) => void>;
declare function queueMicrotask(task: () => void): void;
declare function setTimeout<T extends unknown[]>(task: (...values: T) => void, milliseconds: number, ...values: T): object;
declare function clearTimeout(timer: object): void;
declare const performance: { now(): number };

declare var fetch: (...args: unknown[]) => Promise<unknown>;

interface Headers extends Iterable<[string, string]> {
  has(name: string): boolean;
  get(name: string): string | null;
}
declare var Headers: { new (values?: unknown): Headers };

interface Request {
  readonly url: string;
  readonly headers: Headers;
  readonly signal: AbortSignal;
  readonly method: string;
  text(): Promise<string>;
}
declare var Request: { new (input: string): Request };

declare class Response {
  constructor(body: string | null, init: { status: number; headers: Record<string, string> });
  static json(value: unknown): Response;
}

interface URL {
  readonly href: string;
  readonly origin: string;
  readonly host: string;
  readonly pathname: string;
  readonly search: string;
  readonly username: string;
  readonly password: string;
}
declare var URL: { new (text: string): URL };

declare class AbortSignal {
  readonly aborted: boolean;
  addEventListener(event: "abort", listener: () => void): void;
  removeEventListener(event: "abort", listener: () => void): void;
}

declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
}

declare class DOMException extends Error {
  constructor(message: string, name: string);
}

interface Uint8Array {
  toHex(): string;
}

declare class TextEncoder {
  encode(text: string): Uint8Array;
}

interface Buffer extends Uint8Array {
  indexOf(value: string | number, from?: number): number;
}

declare const Buffer: {
  byteLength(text: string): number;
  from(text: string): Buffer;
  concat(parts: Uint8Array[]): Buffer;
};

declare class TextDecoder {
  decode(bytes: Uint8Array, options?: { stream?: boolean }): string;
}

interface ImportMeta {
  readonly dir: string;
}

declare module "node:util" {
  export function inspect(value: unknown, options?: object): string;
  export function format(...values: unknown[]): string;
}
