import { expect, setDefaultTimeout, test } from "bun:test";
import { impatient, patience, Supervisor, type Message } from "./supervisor.ts";

setDefaultTimeout(patience);

const progressOf = (worker: Supervisor): Message[] => worker.received.filter((message) => message.type === "job_progress");

test("progress is sent ahead of the result, with a note or without", async () => {
  await using worker = await Supervisor.ready(`
    serve({}, { onJob: async (_, __, ctx) => { ctx.progress(0.25, "half of it"); await null; ctx.progress(0.5); return "done"; } })`);
  await worker.job({});
  expect(worker.received.slice(-3)).toEqual([
    { type: "job_progress", id: "0", fraction: 0.25, note: "half of it" },
    { type: "job_progress", id: "0", fraction: 0.5 },
    { type: "job_result", id: "0", result: "done" },
  ]);
});

test("progress can be taken out of the context", async () => {
  await using worker = await Supervisor.ready(`serve({}, { onJob: (_, __, { progress }) => progress(1) })`);
  expect(await worker.job({})).toMatchObject({ result: null });
  expect(progressOf(worker)).toEqual([{ type: "job_progress", id: "0", fraction: 1 }]);
});

test("a fraction outside 0 and 1 counts as the nearer end", async () => {
  await using worker = await Supervisor.ready(`
    serve({}, { onJob: (_, __, ctx) => { for (const n of [-1, -0, 1.5, Infinity, -Infinity]) ctx.progress(n); } })`);
  await worker.job({});
  expect(progressOf(worker).map((message) => message["fraction"])).toEqual([0, 0, 1, 1, 0]);
});

test("a fraction that is no number is ignored with a warning", async () => {
  await using worker = await Supervisor.ready(`
    serve({}, { onJob: (_, __, ctx) => { ctx.progress(NaN); ctx.progress("half", "note"); ctx.progress({ done: 1n }); ctx.progress(); } })`);
  await worker.job({});
  const warning = "warn: progress(): ignored, because the fraction has to be a number from 0 to 1, not";
  expect(worker.logs()).toEqual([`${warning} NaN`, `${warning} half`, `${warning} { done: 1n }`, `${warning} undefined`]);
  expect(progressOf(worker)).toEqual([]);
});

test("a note that is no text is shown as the log shows it", async () => {
  await using worker = await Supervisor.ready(`
    const hostile = { get [Symbol.toStringTag]() { throw 1; }, [Symbol.for("nodejs.util.inspect.custom")]() { throw 2; } };
    serve({}, { onJob: (_, __, ctx) => { for (const note of [{ page: 3 }, 7, "", null, hostile]) ctx.progress(0.5, note); } })`);
  await worker.job({});
  expect(progressOf(worker).map((message) => message["note"]).slice(0, 4)).toEqual(["{ page: 3 }", "7", "", undefined]);
  expect(typeof progressOf(worker)[4]!["note"]).toBe("string");
});

test("a long note is cut like a log line", async () => {
  await using worker = await Supervisor.ready(`
    serve({}, { onJob: (_, __, ctx) => { ctx.progress(0.5, "x".repeat(70_000)); } })`);
  await worker.job({});
  expect(progressOf(worker)[0]!["note"] === `${"x".repeat(65_536)}…`).toBe(true);
});

test("a note over the limit of messages is cut to fit", async () => {
  await using worker = await Supervisor.ready(`
    serve({}, { onJob: (_, __, ctx) => { ctx.progress(0.5, "€".repeat(5000)); } })`, { discover: { max_message_bytes: 1000 } });
  await worker.job({});
  const [message] = progressOf(worker);
  expect(message!["note"]).toMatch(/^€+…$/);
  expect(1000 - Buffer.byteLength(JSON.stringify(message))).toBeLessThan(3);
  expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThanOrEqual(1000);
});

test.each([
  ["returned", "return 1;"], ["thrown", "throw new Error('broken');"], ["returned what is no JSON", "return 1n;"],
  ["rejected", "return Promise.reject(new Error('broken'));"],
])("a job that has %s has no progress any more", async (_, end) => {
  await using worker = await Supervisor.ready(`
    let late;
    serve({ late: () => { late(0.9); late("half"); } }, {
      onJob: (_, __, { progress }) => { late = progress; ${end} },
      onError: () => late(1),
    })`);
  await worker.job({});
  await worker.rpc("late");
  expect(progressOf(worker)).toEqual([]);
  expect(worker.logs()).toEqual([]);
});

test("without the supervisor progress is silent", async () => {
  await using worker = await Supervisor.ready(`
    serve({}, { onJob: (_, __, { signal, progress }) => {
      signal.addEventListener("abort", () => { progress(0.5, "alone"); progress(NaN); log.info("went on"); });
      log.info("running");
      return new Promise(() => {});
    } })`, { preload: impatient });
  worker.send({ type: "job", id: "1" });
  await worker.log("info", "running");
  worker.socket.destroy();
  expect(await worker.end()).toEqual({ code: 1, stdout: "went on\n", stderr: "" });
});
