import { expect, setDefaultTimeout, test } from "bun:test";
import { Platform } from "./platform.ts";
import { configuration, patience, Supervisor, type Message, type StartOptions } from "./supervisor.ts";

setDefaultTimeout(patience);

/** Three ways to read lines from stdin; each calls `line` and ends with the input. */
const loops = {
  "console as an iterable": "for await (const text of console) line(text);",
  "process.stdin": `
    let rest = "";
    process.stdin.on("data", (chunk) => {
      const lines = (rest + chunk).split("\\n");
      rest = lines.pop();
      lines.forEach(line);
    });`,
  "node:readline": `
    import { createInterface } from "node:readline";
    createInterface({ input: process.stdin }).on("line", line);`,
};

const printers = {
  "console.log": "console.log(JSON.stringify(message))",
  "process.stdout.write": `process.stdout.write(JSON.stringify(message) + "\\n")`,
};

/** A worker from before `serve`: it speaks the protocol over stdin and stdout itself. */
const rawWorker = (loop: string, printer: string): string => `
  const print = (message) => ${printer};
  async function line(text) {
    if (text.trim() === "") return;
    const { type, id, method, params, app_id } = JSON.parse(text);
    if (type === "discover") print({ type: "discover", methods: ["greet"] });
    if (type === "rpc") {
      console.log("called", method);
      print({ type: "log", level: "info", message: "by hand" });
      print({ type: "event", name: "called", data: { method } });
      print({ type: "rpc_response", id, result: "hello " + params.name });
    }
    if (type === "job") print({ type: "job_result", id, error: "no jobs here" });
    if (type === "shutdown") {
      await new Promise(setImmediate);
      print({ type: "log", level: "info", message: "cleaned up" });
      process.exit(0);
    }
  }
  ${loop}`;

/** Speaks to a worker over its stdin and stdout. */
class Pipe {
  readonly #worker: Supervisor;
  readonly #lines: AsyncIterator<string>;

  constructor(worker: Supervisor) {
    this.#worker = worker;
    this.#lines = linesOf(worker.process.stdout);
  }

  send(message: object): void {
    this.#worker.process.stdin.write(JSON.stringify(message) + "\n");
  }

  /** The next line, read as a message; null at the end. */
  async next(): Promise<Message | null> {
    const { done, value } = await this.#lines.next();
    return done ? null : JSON.parse(value);
  }
}

async function* linesOf(output: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of output) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}

const cases = Object.entries(loops).flatMap(([loop, loopCode]) =>
  Object.entries(printers).map(([printer, printerCode]) => [loop, printer, rawWorker(loopCode, printerCode)] as const));

const startRaw = async (code: string, options: StartOptions = {}): Promise<[Supervisor, Pipe]> => {
  const worker = await Supervisor.start(code, { stdin: "pipe", ...options });
  return [worker, new Pipe(worker)];
};

test.each(cases)("a raw worker that reads from %s and answers by %s is understood", async (_, __, code) => {
  const [started, pipe] = await startRaw(code);
  await using worker = started;
  pipe.send({ type: "discover", ...configuration });
  expect(await pipe.next()).toEqual({ type: "discover", methods: ["greet"] });
  for (const name of ["Ada", "Grüße 🌍", "x".repeat(500_000)]) {
    pipe.send({ type: "rpc", id: "1", method: "greet", params: { name } });
    expect(await pipe.next()).toEqual({ type: "log", level: "info", message: "by hand" });
    expect(await pipe.next()).toEqual({ type: "event", name: "called", data: { method: "greet" } });
    expect(await pipe.next()).toEqual({ type: "rpc_response", id: "1", result: `hello ${name}` });
  }
  pipe.send({ type: "job", id: "2", payload: {} });
  expect(await pipe.next()).toEqual({ type: "job_result", id: "2", error: "no jobs here" });
  pipe.send({ type: "shutdown" });
  expect(await pipe.next()).toEqual({ type: "log", level: "info", message: "cleaned up" });
  expect(await pipe.next()).toBe(null);
  expect(await worker.process.exited).toBe(0);
  await worker.closed();
  expect(worker.logs()).toEqual(["info: called greet", "info: called greet", "info: called greet"]);
  expect(worker.received.filter((message) => message.type !== "log")).toEqual([]);
});

test.each(cases)("a raw worker that reads from %s and answers by %s ends with its input", async (_, __, code) => {
  const [started, pipe] = await startRaw(code);
  await using worker = started;
  pipe.send({ type: "rpc", id: "1", method: "greet", params: { name: "Ada" } });
  worker.process.stdin.end();
  const types: string[] = [];
  for (let message = await pipe.next(); message !== null; message = await pipe.next()) types.push(message.type);
  expect(types).toEqual(["log", "event", "rpc_response"]);
  expect(await worker.process.exited).toBe(0);
});

test("a raw worker's requests to the platform carry the app's token", async () => {
  using platform = new Platform();
  const [started, pipe] = await startRaw(`
    for await (const text of console) {
      const { id } = JSON.parse(text);
      const { authorization } = await (await fetch(process.env.ROOTCX_RUNTIME_URL)).json();
      console.log(JSON.stringify({ type: "rpc_response", id, result: authorization }));
    }`, { discover: { token: "t" }, env: { ROOTCX_RUNTIME_URL: platform.url } });
  await using _ = started;
  pipe.send({ type: "rpc", id: "1", method: "ask" });
  expect(await pipe.next()).toEqual({ type: "rpc_response", id: "1", result: "Bearer t" });
});

test("only single lines of the protocol are left on stdout", async () => {
  const answer = `{"type":"rpc_response","id":"1","result":"100% %s"}`;
  const others = ['{"type":"job_progress","id":"2","fraction":0.5}', '{"type":"collection_op","id":3}', '{"type":"sql_query","id":4}'];
  await using worker = await Supervisor.script(`
    const [answer, others] = ${JSON.stringify([answer, others])};
    console.group("group");
    console.log(answer); console.info(answer); console.debug(answer);
    console.groupEnd();
    for (const line of others) console.log(line);
    console.log("not alone", answer);
    console.warn(answer);
    console.log(JSON.stringify(JSON.parse(answer), null, 2));
    console.log({ type: "log" });
    console.log('{"type":"telepathy"}');
    console.log('{"type":"log"');
    console.log('{"a":"type"}');
    console.log('{not json}');
    console.log('["log"]');`);
  expect(await worker.end()).toMatchObject({ stdout: [answer, answer, answer, ...others, ""].join("\n") });
  expect(worker.logs()).toEqual([
    "info: group",
    `info: not alone ${answer}`,
    `warn: ${answer}`,
    `info: ${JSON.stringify(JSON.parse(answer), null, 2)}`,
    "info: { type: 'log' }",
    `info: {"type":"telepathy"}`,
    `info: {"type":"log"`,
    `info: {"a":"type"}`,
    "info: {not json}",
    `info: ["log"]`,
  ]);
});

test("once serve was called everything that console prints is a log line", async () => {
  await using worker = await Supervisor.ready(`serve({}); console.log('{"type":"log","message":"m"}');`);
  await worker.log("info", `{"type":"log","message":"m"}`);
  worker.send({ type: "shutdown" });
  expect(await worker.end()).toMatchObject({ code: 0, stdout: "" });
});
