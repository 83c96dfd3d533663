import { expect, setDefaultTimeout, test } from "bun:test";
import { Platform } from "./platform.ts";
import { patience, Supervisor, type Message } from "./supervisor.ts";

setDefaultTimeout(patience);

const traceOf = (n: number) => `00-${`${n}`.repeat(32)}-${`${n}`.repeat(16)}-01`;

const start = (platform: Platform, token?: string): Promise<Supervisor> =>
  Supervisor.ready(`
    const at = process.env.ROOTCX_RUNTIME_URL;
    serve({
      fetch: async ({ options, address, wait }) => {
        if (wait) await Bun.sleep(wait);
        return await (await fetch(address ?? at, options)).json();
      },
    });`, { discover: { token }, env: { ROOTCX_RUNTIME_URL: platform.url } });

const call = (worker: Supervisor, id: string, params: object, trace: object): Promise<Message> => {
  worker.send({ type: "rpc", id, method: "fetch", params, caller: null, ...trace });
  return worker.answer(id);
};

test.each(["the.worker.token", undefined])("a call's trace goes with its requests to the platform, token %p", async (token) => {
  using platform = new Platform();
  await using worker = await start(platform, token);
  const trace = { traceparent: traceOf(1), tracestate: "vendor=a" };
  expect((await call(worker, "a", {}, trace))["result"]).toMatchObject(trace);
  expect((await call(worker, "b", { options: { headers: { Authorization: "mine" } } }, trace))["result"]).toMatchObject({ ...trace, authorization: "mine" });
  expect((await call(worker, "c", {}, { traceparent: traceOf(2) }))["result"]).not.toHaveProperty("tracestate");
});

test("calls that run at once keep their traces apart, and one without has none", async () => {
  using platform = new Platform();
  await using worker = await start(platform);
  const answers = await Promise.all([3, 1, 2].map((n) => call(worker, `${n}`, { wait: n * 20 }, { traceparent: traceOf(n) })));
  expect(answers.map((answer) => answer["result"].traceparent)).toEqual([traceOf(3), traceOf(1), traceOf(2)]);
  expect((await call(worker, "none", {}, {}))["result"]).not.toHaveProperty("traceparent");
});

test("a request's own trace stays, and other origins learn nothing", async () => {
  using platform = new Platform();
  using other = new Platform();
  await using worker = await start(platform);
  const trace = { traceparent: traceOf(1), tracestate: "vendor=a" };
  const own = { options: { headers: { traceparent: traceOf(9) } } };
  expect((await call(worker, "a", own, trace))["result"]).toMatchObject({ traceparent: traceOf(9) });
  expect((await call(worker, "a2", own, trace))["result"]).not.toHaveProperty("tracestate");
  expect((await call(worker, "b", { address: other.url }, trace))["result"]).not.toHaveProperty("traceparent");
});
