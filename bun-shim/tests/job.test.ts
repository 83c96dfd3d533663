import { expect, setDefaultTimeout, test } from "bun:test";
import { patience, Supervisor } from "./supervisor.ts";

setDefaultTimeout(patience);

test("onJob gets payload and caller and its result is the job's", async () => {
  await using worker = await Supervisor.ready(`
    serve({}, { onJob: async (payload, caller) => ({ notified: payload.dealId, by: caller?.email }) })`);
  const caller = { userId: "u", email: "ada@example.com", authToken: "t" };
  expect(await worker.job({ dealId: 5 }, { caller })).toEqual({
    type: "job_result", id: "0", result: { notified: 5, by: "ada@example.com" },
  });
});

test("a job of nobody has a caller of null", async () => {
  await using worker = await Supervisor.ready(`serve({}, { onJob: (payload, caller) => [payload, caller] })`);
  expect(await worker.job({})).toMatchObject({ result: [{}, null] });
  expect(await worker.job(null, { caller: null })).toMatchObject({ result: [null, null] });
});

test("a job that throws fails and onError hears of it as job", async () => {
  await using worker = await Supervisor.ready(`
    serve({}, {
      onJob: async () => { throw new Error("mail server away"); },
      onError: (error, method) => log.error(\`Error in \${method}: \${error.message}\`),
    });`);
  expect(await worker.job({})).toEqual({ type: "job_result", id: "0", error: "mail server away" });
  await worker.log("error", "Error in job: mail server away");
});

test("a job whose result is no JSON fails", async () => {
  await using worker = await Supervisor.ready(`serve({}, { onJob: () => 1n })`);
  expect((await worker.job({}))["error"]).toStartWith("the result of 'job' cannot be sent as JSON: ");
});

test("without onJob jobs complete and one warning is logged for all of them", async () => {
  await using worker = await Supervisor.ready(`serve({})`);
  expect(await worker.job({})).toEqual({ type: "job_result", id: "0", result: { ok: true } });
  expect(await worker.job({})).toEqual({ type: "job_result", id: "1", result: { ok: true } });
  expect(worker.logs()).toEqual(["warn: a job arrived but there is no onJob hook: such jobs complete without doing anything"]);
});
