import { expect, setDefaultTimeout, test } from "bun:test";
import { patience, Supervisor } from "./supervisor.ts";

setDefaultTimeout(patience);

const ada = { userId: "7f0c", email: "ada@example.com", authToken: "a.b.c" };

test("a handler gets parameters and caller and its result is the answer", async () => {
  await using worker = await Supervisor.ready(`
    serve({ greet: async (params, caller) => ({ message: \`Hello, \${params.name}!\`, caller }) })`);
  expect(await worker.rpc("greet", { name: "Grüße 🌍" }, ada)).toEqual({
    type: "rpc_response", id: "call-0", result: { message: "Hello, Grüße 🌍!", caller: ada },
  });
});

test("missing parameters are an empty object and a missing caller is null", async () => {
  await using worker = await Supervisor.ready(`serve({ echo: (params, caller) => [params, caller] })`);
  worker.send({ type: "rpc", id: "bare", method: "echo" });
  expect(await worker.answer("bare")).toMatchObject({ result: [{}, null] });
  expect(await worker.rpc("echo", null)).toMatchObject({ result: [{}, null] });
  expect(await worker.rpc("echo", 0)).toMatchObject({ result: [0, null] });
});

test.each<[string, string, unknown]>([
  ["undefined", "undefined", null],
  ["null", "null", null],
  ["false", "false", false],
  ["a function", "() => 1", null],
  ["a symbol", "Symbol('s')", null],
  ["a date", "new Date(0)", "1970-01-01T00:00:00.000Z"],
  ["a thenable", "({ then: (resolve) => resolve('later') })", "later"],
  ["an object with an undefined key", "({ a: undefined, b: 1 })", { b: 1 }],
])("returning %s is answered as JSON has it", async (_, expression, result) => {
  await using worker = await Supervisor.ready(`serve({ value: () => ${expression} })`);
  expect(await worker.rpc("value")).toEqual({ type: "rpc_response", id: "call-0", result });
});

test.each([
  ["an error", "throw new Error('Missing dealId')", "Missing dealId"],
  ["an error after a wait", "return Promise.reject(new Error('late'))", "late"],
  ["an error without a message", "throw new TypeError()", "TypeError"],
  ["null", "throw null", "null"],
  ["undefined", "throw undefined", "undefined"],
  ["a string", "throw 'plain text'", "plain text"],
  ["a symbol", "throw Symbol('s')", "Symbol(s)"],
  ["an object with a message", "throw { message: 'shaped like one' }", "shaped like one"],
  ["an object without a prototype", "throw Object.create(null)", "[Object: null prototype] {}"],
  ["an error whose message throws", "throw { get message() { throw 1; } }", "{ message: [Getter] }"],
  ["a thenable that throws", "return { then() { throw new Error('in then'); } }", "in then"],
])("throwing %s is answered with its text", async (_, statement, error) => {
  await using worker = await Supervisor.ready(`serve({ fail: () => { ${statement} } })`);
  expect(await worker.rpc("fail")).toEqual({ type: "rpc_response", id: "call-0", error, code: "handler" });
});

test.each([
  ["a cycle", "const a = {}; a.a = a; return a;"],
  ["a BigInt", "return { n: 10n };"],
  ["a toJSON that throws", "return { toJSON() { throw new Error('no'); } };"],
])("a result with %s is an error answer and the worker lives on", async (_, body) => {
  await using worker = await Supervisor.ready(`serve({ bad: () => { ${body} }, good: () => "fine" })`);
  const answer = await worker.rpc("bad");
  expect(answer).toMatchObject({ code: "not_serializable" });
  expect(answer["error"]).toStartWith("the result of 'bad' cannot be sent as JSON: ");
  expect(await worker.rpc("good")).toMatchObject({ result: "fine" });
});

test("only the table's own functions are methods", async () => {
  await using worker = await Supervisor.ready(`
    class Base { inherited() { return 1; } }
    class Table extends Base { own = () => "own"; notOwn() { return 1; } data = 5 }
    serve(new Table());`);
  for (const method of ["toString", "__proto__", "constructor", "hasOwnProperty", "inherited", "notOwn", "data", "", "nope"]) {
    expect(await worker.rpc(method)).toMatchObject({ error: `unknown method: ${method}`, code: "unknown_method" });
  }
  expect(await worker.rpc("own")).toMatchObject({ result: "own" });
});

test("a slow call does not hold up the others", async () => {
  await using worker = await Supervisor.ready(`
    const { promise, resolve } = Promise.withResolvers();
    serve({ slow: () => promise, release: () => { resolve("released"); } });`);
  const slow = worker.rpc("slow");
  expect(await worker.rpc("release")).toMatchObject({ result: null });
  expect(await slow).toMatchObject({ result: "released" });
});

test("a thousand calls in flight are each answered once", async () => {
  await using worker = await Supervisor.ready(`serve({ square: async (n) => { await null; return n * n; } })`);
  const answers = await Promise.all(Array.from({ length: 1000 }, (_, n) => worker.rpc("square", n)));
  expect(answers.map((answer) => answer["result"])).toEqual(Array.from({ length: 1000 }, (_, n) => n * n));
  expect(worker.received.filter((message) => message.type === "rpc_response")).toHaveLength(1000);
});

test("onError hears of what a handler threw after the answer has left", async () => {
  await using worker = await Supervisor.ready(`
    serve({ fail: () => { throw new RangeError("too far"); }, odd: () => { throw { code: 7 }; } }, {
      onError: (error, method) => log.info(method, error instanceof Error, error.name, error.message, error.cause ?? ""),
    });`);
  await worker.rpc("fail");
  await worker.rpc("odd");
  await worker.log("info", "odd true");
  expect(worker.logs()).toEqual([
    "info: fail true RangeError too far ",
    "info: odd true Error [object Object] { code: 7 }",
  ]);
  const order = worker.received.map((message) => message.type);
  expect(order.indexOf("rpc_response")).toBeLessThan(order.indexOf("log"));
});

test("onError hears of a result that could not be sent but not of unknown methods", async () => {
  await using worker = await Supervisor.ready(`
    serve({ big: () => 1n }, { onError: (error, method) => log.info("heard", method) })`);
  await worker.rpc("nope");
  await worker.rpc("big");
  await worker.log("info", "heard");
  expect(worker.logs()).toEqual(["info: heard big"]);
});

test.each([["throws", "throw"], ["rejects", "await null; throw"]])("an onError that %s is logged and harms nobody", async (_, how) => {
  await using worker = await Supervisor.ready(`
    serve({ fail: () => { throw new Error("first"); } }, { onError: async () => { ${how} new Error("second"); } })`);
  expect(await worker.rpc("fail")).toMatchObject({ error: "first" });
  await worker.log("error", "onError error: second");
  expect(await worker.rpc("fail")).toMatchObject({ error: "first" });
});

test("a rejection that nobody handles ends the process as Bun would", async () => {
  await using worker = await Supervisor.ready(`
    serve({ forget: () => { log.info("before"); Promise.reject(new Error("forgotten")); return 1; } })`);
  worker.send({ type: "rpc", id: "1", method: "forget" });
  const { code, stderr } = await worker.end();
  expect(code).toBe(1);
  expect(stderr).toContain("forgotten");
  expect(worker.logs()).toEqual(["info: before"]);
});
