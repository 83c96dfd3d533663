import { expect, setDefaultTimeout, test } from "bun:test";
import { patience, Supervisor } from "./supervisor.ts";

setDefaultTimeout(patience);

/** Runs statements at the top of an entry and returns the log they leave. */
const logsOf = async (code: string): Promise<string[]> => {
  await using worker = await Supervisor.script(code);
  await worker.end();
  return worker.logs();
};

test("log joins its arguments and shows objects", async () => {
  expect(await logsOf(`
    log.info("text", 1, { a: [1, { b: 2 }] }, undefined, null);
    log.warn("100% %s", "kept");
    log.error(new RangeError("too far").message, true);
    log.info();
    log.info("");
    log.info(["two\\nlines"].join());`)).toEqual([
    "info: text 1 { a: [ 1, { b: 2 } ] } undefined null",
    "warn: 100% %s kept",
    "error: too far true",
    "info: ",
    "info: ",
    "info: two\nlines",
  ]);
});

test("an error is logged with its stack", async () => {
  const [line] = await logsOf(`log.error(new Error("boo"))`);
  expect(line).toStartWith("error: Error: boo\n");
  expect(line).toContain("index.ts:1");
});

test.each(["log.info", "console.log"])("%s survives every kind of value", async (print) => {
  const logs = await logsOf(`
    const cycle = {}; cycle.self = cycle;
    const trap = () => { throw new Error("trap"); };
    const proxy = new Proxy({}, { get: trap, ownKeys: trap, has: trap, getPrototypeOf: trap, getOwnPropertyDescriptor: trap });
    const revoked = Proxy.revocable({}, {}); revoked.revoke();
    const inspect = Symbol.for("nodejs.util.inspect.custom");
    const values = [
      cycle, 10n, Symbol("s"), proxy, revoked.proxy, Object.create(null),
      { get a() { throw 1; } }, { toString: trap }, { [Symbol.toPrimitive]: trap }, { get [Symbol.toStringTag]() { throw 1; } },
      { [inspect]: trap }, new (class extends Error { get message() { throw 1; } get stack() { throw 2; } })(),
    ];
    for (const value of values) { ${print}(value); ${print}("%s %d %j", value, value, value); ${print}("two", value); }
    ${print}("done");`);
  expect(logs).toHaveLength(12 * 3 + 1);
  expect(logs.at(-1)).toBe("info: done");
});

test("a lone surrogate and control characters arrive", async () => {
  expect(await logsOf(`log.info("a\\ud800b", "\\u0000\\u2028")`)).toEqual(["info: a\ud800b \u0000\u2028"]);
});

test("a huge message is cut", async () => {
  const [line] = await logsOf(`log.info("x".repeat(5_000_000))`);
  expect(line!.length).toBeLessThan(70_000);
});

test("an event carries its data and an empty object without", async () => {
  await using worker = await Supervisor.script(`emit("order_processed", { orderId: 7 }); emit("tick"); emit("none", null);`);
  await worker.end();
  expect(worker.received).toEqual([
    { type: "event", name: "order_processed", data: { orderId: 7 } },
    { type: "event", name: "tick", data: {} },
    { type: "event", name: "none", data: null },
  ]);
});

test("an event that JSON can't express becomes a warning", async () => {
  expect((await logsOf(`emit("big", 1n)`))[0]).toStartWith(`warn: emit("big"): the data cannot be sent as JSON: `);
});

test("console levels map to log levels", async () => {
  expect(await logsOf(`
    console.log("a"); console.info("b"); console.debug("c"); console.warn("d"); console.error("e");
    console.assert(true, "quiet"); console.assert(false, "f %d", 1); console.assert(false);
    const { log: detached } = console; detached("g");`)).toEqual([
    "info: a", "info: b", "info: c", "warn: d", "error: e",
    "error: Assertion failed: f 1", "error: Assertion failed", "info: g",
  ]);
});

test("console fills placeholders as node does", async () => {
  expect(await logsOf(`
    console.log("%s is %d, %i, %j and %o %%", "x", 1.5, 1.5, { a: 1 }, [1], "rest", { b: 2 });
    console.log("100%", "done");
    console.log({ a: 1 }, "after %s");
    console.log();`)).toEqual([
    "info: x is 1.5, 1, {\"a\":1} and [ 1, [length]: 1 ] % rest { b: 2 }",
    "info: 100% done",
    "info: { a: 1 } after %s",
    "info: ",
  ]);
});

test("console's other printers end in the log too", async () => {
  const logs = await logsOf(`
    console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 });
    console.table([{ id: 1 }]);
    console.table("no table");
    console.count(); console.count(); console.countReset(); console.count(); console.count("other");
    console.group("outer"); console.log("in\\nside"); console.group(); console.warn("deeper"); console.groupEnd(); console.groupEnd(); console.log("out");
    console.timeEnd("none");
    console.clear();`);
  expect(logs[0]).toBe("info: { a: [Object] }");
  expect(logs[1]).toContain("│ 0 │ 1  │");
  expect(logs.slice(2)).toEqual([
    "info: no table",
    "info: default: 1", "info: default: 2", "info: default: 1", "info: other: 1",
    "info: outer", "info:   in\n  side", "warn:     deeper", "info: out",
    "warn: no timer 'none' is running",
  ]);
});

test("console measures time", async () => {
  const logs = await logsOf(`console.time("t"); console.timeLog("t", "half", 1); console.timeEnd("t"); console.timeEnd("t");`);
  expect(logs[0]).toMatch(/^info: t: \d+\.\d{3}ms half 1$/);
  expect(logs[1]).toMatch(/^info: t: \d+\.\d{3}ms$/);
  expect(logs[2]).toBe("warn: no timer 't' is running");
});

test.each(["(_, sites) => sites", "() => { throw new Error('no') }"])("a trace survives an app that makes its own stacks: %s", async (prepare) => {
  const [line] = await logsOf(`Error.prepareStackTrace = ${prepare}; console.trace("here");`);
  expect(line).toStartWith("info: Trace: here");
});

test("a trace starts at its caller", async () => {
  const [line] = await logsOf(`function inner() { console.trace("here %d", 1); }\nfunction outer() { inner(); return 1; }\nouter();`);
  const [title, first] = line!.split("\n");
  expect(title).toBe("info: Trace: here 1");
  expect(first).toContain("at inner");
});

test("raw writes stay on stdout and stderr", async () => {
  await using worker = await Supervisor.script(`process.stdout.write("out\\n"); process.stderr.write("err\\n"); console.log("logged");`);
  expect(await worker.end()).toEqual({ code: 0, stdout: "out\n", stderr: "err\n" });
  expect(worker.logs()).toEqual(["info: logged"]);
});

test("the required console module is redirected as well", async () => {
  expect(await logsOf(`import { log as print } from "node:console"; print("by import");`)).toEqual(["info: by import"]);
});
