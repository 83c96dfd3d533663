import { expect, setDefaultTimeout, test } from "bun:test";
import { configuration, impatient, patience, Supervisor } from "./supervisor.ts";

setDefaultTimeout(patience);

/** Jobs that say when they run and return why they were aborted. */
const untilAborted = `
  const aborted = (signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve(signal.reason.message)));
  const onJob = (payload, _, ctx) => { log.info("running", ctx.jobId); return aborted(ctx.signal); };`;

test("an abort reaches the signal of its job alone, with the reason", async () => {
  await using worker = await Supervisor.ready(`
    ${untilAborted}
    serve({}, { onJob })`);
  const [first, second] = [worker.job({}), worker.job({})];
  await worker.log("info", "running 1");
  worker.send({ type: "job_abort", id: "1", reason: "it takes too long" });
  expect(await second).toEqual({ type: "job_result", id: "1", result: "it takes too long" });
  worker.send({ type: "job_abort", id: "0", reason: "nobody needs it" });
  expect(await first).toEqual({ type: "job_result", id: "0", result: "nobody needs it" });
});

test("the reason is an AbortError, and a job that throws it fails with its text", async () => {
  await using worker = await Supervisor.ready(`
    serve({}, {
      onJob: async (_, __, { signal }) => {
        log.info("running");
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        signal.throwIfAborted();
      },
      onError: (error, method) => log.info(method, error instanceof Error, error.name),
    })`);
  const job = worker.job({});
  await worker.log("info", "running");
  worker.send({ type: "job_abort", id: "0", reason: "it takes too long" });
  expect(await job).toEqual({ type: "job_result", id: "0", error: "it takes too long" });
  await worker.log("info", "job true AbortError");
});

test("a job aborted before it looks at its signal finds it aborted, for the first reason", async () => {
  await using worker = await Supervisor.ready(`
    const { promise, resolve } = Promise.withResolvers();
    serve({ go: () => resolve() }, { onJob: async (_, __, ctx) => {
      await promise;
      return [ctx.signal.aborted, ctx.signal.reason.message];
    } })`);
  const job = worker.job({});
  worker.send({ type: "job_abort", id: "0", reason: "first" }, { type: "job_abort", id: "0", reason: "second" });
  await worker.rpc("go");
  expect(await job).toMatchObject({ result: [true, "first"] });
});

test("a job aborted while it is held back starts with its signal aborted", async () => {
  await using worker = await Supervisor.start(`
    serve({}, { onJob: (_, __, { signal }) => [signal.aborted, signal.reason?.message] })`, { discover: null });
  worker.send(
    { type: "job", id: "1" }, { type: "job", id: "2" }, { type: "job_abort", id: "1", reason: "too late" },
    { type: "discover", ...configuration });
  expect(await worker.answer("1")).toMatchObject({ result: [true, "too late"] });
  expect(await worker.answer("2")).toMatchObject({ result: [false, null] });
});

test("an abort of a job that is unknown or answered is passed over", async () => {
  await using worker = await Supervisor.ready(`
    let signal;
    serve({ aborted: () => signal.aborted }, { onJob: (_, __, ctx) => { signal = ctx.signal; } })`);
  await worker.job({});
  worker.send({ type: "job_abort", id: "0", reason: "late" }, { type: "job_abort", id: "never", reason: "lost" });
  expect(await worker.rpc("aborted")).toMatchObject({ result: false });
  expect(worker.logs()).toEqual([]);
});

test("an abort reaches the second delivery of a job when the first has ended", async () => {
  await using worker = await Supervisor.ready(`
    ${untilAborted}
    const { promise, resolve } = Promise.withResolvers();
    serve({ go: () => resolve() }, { onJob: (payload, _, ctx) => ctx.attempt === 1 ? promise : onJob(payload, _, ctx) })`);
  worker.send({ type: "job", id: "same", attempt: 1 }, { type: "job", id: "same", attempt: 2 });
  await worker.log("info", "running same");
  await worker.rpc("go");
  await worker.answer("same");
  worker.send({ type: "job_abort", id: "same", reason: "stop the second" });
  await worker.find((message) => message["result"] === "stop the second");
});

test("a shutdown aborts the jobs before onShutdown runs, and those that come later", async () => {
  await using worker = await Supervisor.ready(`
    ${untilAborted}
    const { promise, resolve } = Promise.withResolvers();
    serve({ go: () => resolve() }, {
      onJob: (payload, _, ctx) => {
        if (ctx.signal.aborted) return ctx.signal.reason.message;
        ctx.signal.addEventListener("abort", () => log.info("aborted"));
        return onJob(payload, _, ctx);
      },
      onShutdown: () => { log.info("shutting down"); return promise; },
    })`);
  const job = worker.job({});
  await worker.log("info", "running 0");
  worker.send({ type: "shutdown" });
  expect(await job).toMatchObject({ result: "the worker is stopping" });
  expect(await worker.job({})).toMatchObject({ result: "the worker is stopping" });
  await worker.rpc("go");
  expect((await worker.end()).code).toBe(0);
  expect(worker.logs()).toEqual(["info: running 0", "info: aborted", "info: shutting down"]);
});

test("when the supervisor dies the jobs are aborted before onShutdown runs", async () => {
  await using worker = await Supervisor.ready(`
    serve({}, {
      onJob: (_, __, { signal }) => {
        signal.addEventListener("abort", () => log.info(signal.reason.message));
        log.info("running");
        return new Promise(() => {});
      },
      onShutdown: () => log.info("shutting down"),
    })`, { preload: impatient });
  worker.send({ type: "job", id: "1" });
  await worker.log("info", "running");
  worker.socket.destroy();
  expect(await worker.end()).toMatchObject({ code: 1, stdout: "the worker is stopping\nshutting down\n" });
});

test("a ping is answered while jobs run", async () => {
  await using worker = await Supervisor.ready(`serve({ onJob: () => new Promise(() => {}) });`);
  worker.send({ type: "job", id: "1" });
  worker.send({ type: "ping" });
  expect(await worker.message("pong")).toEqual({ type: "pong" });
});

