// The part of bun:test and Node's modules that the tests use, see runtime.d.ts.

declare module "bun:test" {
  interface Matchers {
    toBe(expected: unknown): void;
    toEqual(expected: unknown): void;
    toMatchObject(expected: object): void;
    toContain(expected: unknown): void;
    toHaveLength(expected: number): void;
    toStartWith(expected: string): void;
    toMatch(expected: RegExp): void;
    toBeLessThan(expected: number): void;
    toBeLessThanOrEqual(expected: number): void;
  }
  interface Test {
    (name: string, body: () => Promise<void>): void;
    skipIf(condition: boolean): (name: string, body: () => Promise<void>) => void;
    each<T extends readonly unknown[]>(rows: readonly (readonly [...T])[]): (name: string, body: (...row: T) => Promise<void>) => void;
    each<T extends string | number>(values: readonly T[]): (name: string, body: (value: T) => Promise<void>) => void;
  }
  export const test: Test;
  export function expect(actual: unknown): Matchers;
  export function setDefaultTimeout(milliseconds: number): void;
}

declare module "node:events" {
  export function once(emitter: unknown, event: string): Promise<any[]>;
}

declare module "node:fs" {
  export function mkdtempSync(prefix: string): string;
  export function readFileSync(path: string, encoding: "utf8"): string;
  export function rmSync(path: string, options: { recursive?: boolean; force?: boolean }): void;
  export function writeFileSync(path: string, text: string): void;
}

declare module "node:net" {
  export interface Socket {
    write(data: string | Uint8Array, written?: () => void): boolean;
    on(event: "data", listener: (chunk: Uint8Array) => void): void;
    on(event: "error" | "close", listener: () => void): void;
    pause(): void;
    resume(): void;
    destroy(): void;
  }
  export interface Server {
    listen(path: string): void;
    close(): void;
  }
  export function createServer(onConnection: (socket: Socket) => void): Server;
}

declare module "node:os" {
  export function tmpdir(): string;
}

declare module "node:path" {
  export function join(...parts: string[]): string;
}
