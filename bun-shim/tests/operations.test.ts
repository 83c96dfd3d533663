import { expect, setDefaultTimeout, test } from "bun:test";
import { impatient, patience, Supervisor, type Message } from "./supervisor.ts";

setDefaultTimeout(patience);

const operationsOf = (worker: Supervisor): Message[] => worker.received.filter(({ type }) => type === "collection_op" || type === "sql_query");

/** Waits for the operation of that number, from 0. */
const operation = async (worker: Supervisor, number = 0): Promise<Message> => {
  await worker.find(() => operationsOf(worker).length > number);
  return operationsOf(worker)[number]!;
};

/** Answers as many operations as there are results, in the order in which they come. */
const answer = async (worker: Supervisor, ...results: object[]): Promise<void> => {
  for (const [number, result] of results.entries()) {
    const { type, id } = await operation(worker, number);
    worker.send({ type: `${type}_result`, id, ...result });
  }
};

test("the operations of a collection are sent as they are asked for, with the call they belong to", async () => {
  await using worker = await Supervisor.ready(`
    serve({ all: (_, __, { collection }) => {
      const { insert, find, findOne, update, delete: remove } = collection("tasks");
      insert({ title: "a" }); find(); find({ done: true }); findOne(); findOne({ id: "1" }); update({ id: "1", done: true }); remove("1");
      return "sent";
    } })`);
  expect(await worker.rpc("all")).toMatchObject({ result: "sent" });
  const common = { type: "collection_op", call: "call-0", entity: "tasks" };
  expect(operationsOf(worker)).toEqual([
    { ...common, id: "1", op: "insert", data: { title: "a" } },
    { ...common, id: "2", op: "find", data: {} },
    { ...common, id: "3", op: "find", data: { done: true } },
    { ...common, id: "4", op: "find_one", data: {} },
    { ...common, id: "5", op: "find_one", data: { id: "1" } },
    { ...common, id: "6", op: "update", data: { id: "1", done: true } },
    { ...common, id: "7", op: "delete", data: { id: "1" } },
  ]);
});

test("a statement is sent with its parameters, and the forms that JSON lacks as text", async () => {
  await using worker = await Supervisor.ready(`
    serve({ run: (_, __, { sql }) => {
      sql("select 1");
      sql("select $1", [1, "a", null, undefined, true, { a: [1] }, [1, [2]], new Date(0), 12345678901234567890n, NaN, -Infinity, new Uint8Array([222, 173]), Buffer.from("a")]);
    } })`);
  await worker.rpc("run");
  expect(operationsOf(worker)).toEqual([
    { type: "sql_query", id: "1", call: "call-0", text: "select 1", params: [] },
    {
      type: "sql_query", id: "2", call: "call-0", text: "select $1",
      params: [1, "a", null, null, true, { a: [1] }, [1, [2]], "1970-01-01T00:00:00.000Z", "12345678901234567890", "NaN", "-Infinity", "\\xdead", "\\x61"],
    },
  ]);
});

test("the forms that JSON lacks are text in arrays of parameters too, as deep as PostgreSQL has them", async () => {
  await using worker = await Supervisor.ready(`
    serve({ run: (_, __, { sql }) => {
      sql("select $1", [[NaN, 1, -Infinity, "a", null], [[2n ** 64n], [undefined]], [new Uint8Array([222]), [Buffer.from("a")]], [[[[[[Infinity]]]]]]]);
    } })`);
  await worker.rpc("run");
  expect(operationsOf(worker)[0]!["params"]).toEqual([
    ["NaN", 1, "-Infinity", "a", null], [["18446744073709551616"], [null]], ["\\xde", ["\\x61"]], [[[[[["Infinity"]]]]]],
  ]);
});

test("a result resolves the promise and an error rejects it with the platform's text", async () => {
  await using worker = await Supervisor.ready(`
    serve({ ask: async (_, __, ctx) => [
      await ctx.collection("tasks").insert({}), await ctx.collection("tasks").findOne(), await ctx.sql("select 1"),
      await ctx.sql("selec").catch((error) => [error instanceof Error, error.message]),
      await ctx.collection("tasks").delete("1"), await ctx.collection("tasks").find() ?? "nothing",
    ] })`);
  const asked = worker.rpc("ask");
  const rows = { columns: ["n"], rows: [[1]], rowCount: 1 };
  await answer(worker, { result: { id: 1 } }, { result: null }, { result: rows }, { error: "syntax error" }, { result: true }, {});
  expect(await asked).toMatchObject({ result: [{ id: 1 }, null, rows, [true, "syntax error"], true, "nothing"] });
});

test("answers in another order each reach their own promise", async () => {
  await using worker = await Supervisor.ready(`
    serve({ ask: (_, __, { sql }) => Promise.all(Array.from({ length: 100 }, (_, n) => sql(String(n)))) })`);
  const asked = worker.rpc("ask");
  await operation(worker, 99);
  worker.send(...operationsOf(worker).toReversed().map(({ id, text }) => ({ type: "sql_query_result", id, result: text })));
  expect(await asked).toMatchObject({ result: Array.from({ length: 100 }, (_, n) => String(n)) });
});

test("answers that nobody waits for do no harm", async () => {
  await using worker = await Supervisor.ready(`serve({ ask: (_, __, { sql }) => sql("1") })`);
  const asked = worker.rpc("ask");
  const { id } = await operation(worker);
  const result = (given: unknown, value: string) => ({ type: "sql_query_result", id: given, result: value });
  worker.send(result("unknown", "a"), result(null, "b"), result(id, "first"), result(id, "second"), { type: "collection_op_result" });
  expect(await asked).toMatchObject({ result: "first" });
  expect(worker.logs()).toEqual([]);
});

test("each call, and each delivery of a job, speaks for itself; onStart for the app", async () => {
  await using worker = await Supervisor.start(`
    serve({ ask: (text, _, { sql }) => { sql(text); } }, {
      onStart: ({ sql }) => { sql("start"); },
      onJob: (text, _, { sql, collection }) => { sql(text); collection("tasks").find(); },
    })`);
  await worker.message("ready");
  await Promise.all([worker.rpc("ask", "first"), worker.rpc("ask", "second")]);
  worker.send({ type: "job", id: "7:2", msg_id: "7", attempt: 2, payload: "job" });
  await worker.answer("7:2");
  expect(operationsOf(worker).map(({ text, call }) => [text, call])).toEqual([
    ["start", undefined], ["first", "call-0"], ["second", "call-1"], ["job", "7:2"], [undefined, "7:2"],
  ]);
});

test("a context works on when its call has ended, under the same name", async () => {
  await using worker = await Supervisor.ready(`
    let kept;
    serve({ keep: (_, __, ctx) => { kept = ctx; }, use: () => kept.sql("later") })`);
  await worker.rpc("keep");
  const used = worker.rpc("use");
  await answer(worker, { result: "done" });
  expect(await used).toMatchObject({ result: "done" });
  expect(operationsOf(worker)[0]).toMatchObject({ call: "call-0" });
});

test("a handler's context is frozen and its values can be copied", async () => {
  await using worker = await Supervisor.ready(`
    serve({ look: (_, __, ctx) => { ({ ...ctx }).sql("copied"); return [Object.isFrozen(ctx), Object.keys({ ...ctx })]; } })`);
  expect(await worker.rpc("look")).toMatchObject({
    result: [true, ["appId", "runtimeUrl", "databaseUrl", "credentials", "log", "emit", "collection", "sql"]],
  });
  expect(operationsOf(worker)[0]).toMatchObject({ text: "copied", call: "call-0" });
});

test("without an answer the promise rejects, and a late one is passed over", async () => {
  await using worker = await Supervisor.ready(`serve({ ask: (_, __, { sql }) => sql("slow"), ping: () => "pong" })`, { preload: impatient });
  expect(await worker.rpc("ask")).toMatchObject({ error: "no answer from the platform within 0.1 s" });
  await answer(worker, { result: "late" });
  expect(await worker.rpc("ping")).toMatchObject({ result: "pong" });
});

test.each([
  ["a statement that is no text", "sql(5)", "sql() takes the text of a statement, not a value of type number"],
  ["parameters that are no array", "sql('select $1', 'a')", "sql() takes the parameters as an array"],
  ["a cycle", "collection('tasks').insert(cycle)", "the values cannot be sent as JSON: "],
  ["a BigInt in a row", "collection('tasks').insert({ n: 1n })", "the values cannot be sent as JSON: "],
  ["a cycle of arrays", "sql('select $1', [loop])", "the values cannot be sent as JSON: "],
  ["NaN in a row", "collection('tasks').insert({ a: 1, n: NaN })", "the values cannot be sent as JSON: data.n is NaN"],
  ["an infinity deep in a row", "collection('tasks').update({ id: 1, tags: [{}, { n: [0, -1 / 0] }] })", "the values cannot be sent as JSON: data.tags[1].n[1] is -Infinity"],
  ["an infinity in a value that is there twice", "collection('tasks').insert({ a: twice, b: { c: twice }, d: [Infinity] })", "the values cannot be sent as JSON: data.d[0] is Infinity"],
  ["NaN in a condition", "collection('tasks').find({ n: { $gt: NaN } })", "the values cannot be sent as JSON: data.n.$gt is NaN"],
  ["NaN in a condition for one", "collection('tasks').findOne({ n: NaN })", "the values cannot be sent as JSON: data.n is NaN"],
  ["NaN as a row", "collection('tasks').insert(NaN)", "the values cannot be sent as JSON: data is NaN"],
  ["NaN in an object that is a parameter", "sql('select $1', [1, { n: NaN }])", "the values cannot be sent as JSON: params[1].n is NaN"],
  ["a message over the limit", "sql('x'.repeat(2000))", "the message is 20"],
])("%s rejects and is not sent", async (_, ask, error) => {
  await using worker = await Supervisor.ready(`
    const cycle = {};
    cycle.self = cycle;
    const loop = [];
    loop.push(loop);
    const twice = { n: [1] };
    serve({ ask: (_, __, { sql, collection }) => ${ask} })`, { discover: { max_message_bytes: 1000 } });
  expect((await worker.rpc("ask"))["error"]).toStartWith(error);
  expect(operationsOf(worker)).toEqual([]);
});

test("when the supervisor is gone what was asked for rejects, and what is asked for then", async () => {
  await using worker = await Supervisor.ready(`
    serve({ ask: async (_, __, { sql, collection }) => {
      for (const ask of [() => sql("1"), () => collection("tasks").find()]) await ask().catch((error) => log.info(error.message));
    } }, { onShutdown: () => new Promise(setImmediate) })`);
  worker.send({ type: "rpc", id: "1", method: "ask" });
  await operation(worker);
  worker.socket.destroy();
  expect(await worker.end()).toEqual({
    code: 1, stdout: "the connection to the platform is lost\n".repeat(2), stderr: "",
  });
});
