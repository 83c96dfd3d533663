import { expect, setDefaultTimeout, test } from "bun:test";
import { configuration, patience, Supervisor } from "./supervisor.ts";

setDefaultTimeout(patience);

test("a job gets the worker's context with its own id and attempt", async () => {
  await using worker = await Supervisor.ready(`
    serve({}, { onJob: (_, __, ctx) => {
      const { appId, runtimeUrl, databaseUrl, credentials, log, emit, jobId, attempt } = ctx;
      return { appId, runtimeUrl, databaseUrl, credentials, helpers: [log === globalThis.log, emit === globalThis.emit], jobId, attempt };
    } })`, { discover: { credentials: { API_KEY: "k" } } });
  expect(await worker.job({}, { attempt: 3 })).toMatchObject({
    result: {
      appId: configuration.app_id, runtimeUrl: configuration.runtime_url, databaseUrl: configuration.database_url,
      credentials: { API_KEY: "k" }, helpers: [true, true], jobId: "0", attempt: 3,
    },
  });
});

test("a job without an attempt is at its first", async () => {
  await using worker = await Supervisor.ready(`serve({}, { onJob: (_, __, ctx) => [ctx.jobId, ctx.attempt] })`);
  expect(await worker.job({})).toMatchObject({ result: ["0", 1] });
  expect(await worker.job({})).toMatchObject({ result: ["1", 1] });
});

test("a job's context is frozen and its values can be copied", async () => {
  await using worker = await Supervisor.ready(`
    const changed = (change) => { try { change(); return "changed"; } catch (error) { return error.name; } };
    serve({}, { onJob: (_, __, ctx) => [
      Object.isFrozen(ctx), changed(() => { ctx.jobId = "other"; }), changed(() => { ctx.signal = null; }), changed(() => { ctx.more = 1; }),
      Object.keys({ ...ctx }),
    ] })`);
  expect(await worker.job({})).toMatchObject({
    result: [true, "TypeError", "TypeError", "TypeError",
      ["appId", "runtimeUrl", "databaseUrl", "credentials", "log", "emit", "collection", "sql", "jobId", "attempt"]],
  });
});

test("a signal is made for a job that asks for it, once", async () => {
  await using worker = await Supervisor.ready(`
    let made = 0;
    globalThis.AbortController = class extends AbortController { constructor() { super(); made++; } };
    serve({ made: () => made }, { onJob: (ask, _, ctx) => ask && ctx.signal === ctx.signal && ctx.signal instanceof AbortSignal })`);
  expect(await worker.job(false)).toMatchObject({ result: false });
  expect(await worker.rpc("made")).toMatchObject({ result: 0 });
  expect(await worker.job(true)).toMatchObject({ result: true });
  expect(await worker.rpc("made")).toMatchObject({ result: 1 });
});

test("what the handler returns at once and what it returns later is answered", async () => {
  await using worker = await Supervisor.ready(`
    serve({}, { onJob: (kind) => ({ now: 1, soon: Promise.resolve(2), thenable: { then: (resolve) => resolve(3) } })[kind] })`);
  expect(await worker.job("now")).toMatchObject({ result: 1 });
  expect(await worker.job("soon")).toMatchObject({ result: 2 });
  expect(await worker.job("thenable")).toMatchObject({ result: 3 });
});
