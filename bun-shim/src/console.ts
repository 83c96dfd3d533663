import { formatArguments, show } from "./format.ts";
import type { Level } from "./messages.ts";

/**
 * Sends what user code prints through `console` to the log. `process.stdout` and `process.stderr` stay
 * as they are: raw writes reach the supervisor as lines of the process's own output.
 *
 * @param printAsIs is offered each text that is printed alone; true when it has taken it
 */
export function redirectConsole(log: WorkerLog, printAsIs: (text: string) => boolean): void {
  let indent = "";
  const line = (level: Level, text: string): void =>
    log[level](indent === "" ? text : indent + text.replaceAll("\n", `\n${indent}`));
  const printer = (level: Level) => (...args: unknown[]): void => line(level, formatArguments(args));

  const info = printer("info");
  const print = (...args: unknown[]): void => {
    if (args.length !== 1 || typeof args[0] !== "string" || !printAsIs(args[0])) info(...args);
  };
  const group = (...args: unknown[]): void => {
    if (args.length > 0) info(...args);
    indent += "  ";
  };

  Object.assign(console, {
    log: print,
    info: print,
    debug: print,
    warn: printer("warn"),
    error: printer("error"),
    dirxml: info,
    dir: (value: unknown, options?: object) => line("info", typeof value === "string" ? `'${value}'` : show(value, options ?? {})),
    table: (rows: unknown, columns?: string[]) => line("info", tableOf(rows, columns)),
    trace: (...args: unknown[]) => line("info", `${["Trace", formatArguments(args)].filter(Boolean).join(": ")}${callers()}`),
    assert: (condition: unknown, ...args: unknown[]) => {
      if (!condition) line("error", ["Assertion failed", formatArguments(args)].filter(Boolean).join(": "));
    },
    group,
    groupCollapsed: group,
    groupEnd: () => {
      indent = indent.slice(2);
    },
    clear: () => {},
    ...counters((text) => line("info", text)),
    ...timers(line),
  });
}

function counters(print: (text: string) => void): object {
  const counts = new Map<string, number>();
  return {
    count: (label: unknown = "default") => {
      const key = show(label);
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      print(`${key}: ${count}`);
    },
    countReset: (label: unknown = "default") => {
      counts.delete(show(label));
    },
  };
}

function timers(line: (level: Level, text: string) => void): object {
  const started = new Map<string, number>();
  const report = (key: string, args: readonly unknown[]): void => {
    const start = started.get(key);
    if (start === undefined) return line("warn", `no timer '${key}' is running`);
    const elapsed = `${key}: ${(performance.now() - start).toFixed(3)}ms`;
    line("info", args.length === 0 ? elapsed : `${elapsed} ${formatArguments(args)}`);
  };
  return {
    time: (label: unknown = "default") => {
      const key = show(label);
      if (started.has(key)) line("warn", `timer '${key}' is running already`);
      else started.set(key, performance.now());
    },
    timeLog: (label: unknown = "default", ...args: unknown[]) => report(show(label), args),
    timeEnd: (label: unknown = "default") => {
      report(show(label), []);
      started.delete(show(label));
    },
  };
}

function tableOf(rows: unknown, columns?: string[]): string {
  if (typeof rows !== "object" || rows === null) return show(rows);
  try {
    return (columns === undefined ? Bun.inspect.table(rows) : Bun.inspect.table(rows, columns)).trimEnd();
  } catch {
    return show(rows);
  }
}

// The stack from the caller of console.trace on: the first line is the title, then come two frames of this file. The app's own
// Error.prepareStackTrace may make anything of it, or throw.
function callers(): string {
  let stack: unknown;
  try {
    stack = new Error().stack;
  } catch {
    return "";
  }
  const frames = typeof stack === "string" ? stack.split("\n").slice(3) : [];
  return frames.map((frame) => `\n${frame}`).join("");
}
