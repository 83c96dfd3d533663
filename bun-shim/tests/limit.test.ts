import { expect, setDefaultTimeout, test } from "bun:test";
import { patience, Supervisor, type Message } from "./supervisor.ts";

setDefaultTimeout(patience);

const limited = { discover: { max_message_bytes: 1000 } };
const bytesOf = (message: Message): number => Buffer.byteLength(JSON.stringify(message));
const answerOverhead = bytesOf({ type: "rpc_response", id: "call-0", result: "" });

test("a result of exactly the limit is sent and one byte more is refused", async () => {
  await using worker = await Supervisor.ready(`serve({ text: (n) => "€".repeat(n / 3) + "x".repeat(n % 3) })`, limited);
  const whole = await worker.rpc("text", 1000 - answerOverhead);
  expect(bytesOf(whole)).toBe(1000);
  expect(await worker.rpc("text", 1001 - answerOverhead)).toEqual({
    type: "rpc_response", id: "call-1", code: "too_large",
    error: "the result of 'text' is 1001 bytes long, more than the 1000 that can be sent",
  });
});

test("onError hears of a result that was too long", async () => {
  await using worker = await Supervisor.ready(`
    serve({ big: () => "x".repeat(2000) }, { onError: (error, method) => log.info(method, error.message) })`, limited);
  await worker.rpc("big");
  await worker.log("info", "big the result of 'big' is 20");
});

test("a job whose result is too long fails", async () => {
  await using worker = await Supervisor.ready(`serve({}, { onJob: () => "x".repeat(2000) })`, limited);
  expect(await worker.job({})).toEqual({
    type: "job_result", id: "0", error: "the result of 'job' is 2042 bytes long, more than the 1000 that can be sent",
  });
});

test.each<[string, number, string]>([
  ["letters", 5000, "x"], ["umlauts", 5000, "é"], ["euro signs", 400, "€"], ["emojis", 5000, "🚄"], ["quotes", 5000, '"'],
  ["control characters", 5000, "\u0000"],
])("a log line and an error of many %s are cut to the limit", async (_, count, unit) => {
  await using worker = await Supervisor.ready(`
    const text = ${JSON.stringify(unit)}.repeat(${count});
    serve({ fail: () => { log.warn(text); throw new Error(text); } })`, limited);
  const answer = await worker.rpc("fail");
  const warning = await worker.log("warn", "…");
  for (const message of [answer, warning]) {
    expect(bytesOf(message)).toBeLessThanOrEqual(1000);
    expect(1000 - bytesOf(message)).toBeLessThan(6);
  }
  expect(answer).toMatchObject({ code: "handler" });
  expect(answer["error"].at(-1)).toBe("…");
});

test("the complaint about an unknown method with a long name is cut too", async () => {
  await using worker = await Supervisor.ready(`serve({})`, limited);
  const answer = await worker.rpc("m".repeat(5000));
  expect(answer["error"]).toMatch(/^unknown method: m+…$/);
  expect(bytesOf(answer)).toBe(1000);
});

test("an event over the limit is dropped with a warning and the next one arrives", async () => {
  await using worker = await Supervisor.ready(`serve({}, { onStart: () => { emit("big", "x".repeat(2000)); emit("small"); } })`, limited);
  expect(await worker.message("event")).toMatchObject({ name: "small" });
  expect(worker.logs()).toEqual([
    `warn: emit("big"): dropped, because the event is 2039 bytes long, more than the 1000 that can be sent`,
  ]);
});
