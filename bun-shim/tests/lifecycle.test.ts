import { expect, setDefaultTimeout, test } from "bun:test";
import { Platform } from "./platform.ts";
import { configuration, impatient, patience, Supervisor } from "./supervisor.ts";

setDefaultTimeout(patience);

test("onStart gets the configuration and ready follows it", async () => {
  await using worker = await Supervisor.ready(`
    serve({}, { onStart: async (config) => { await new Promise(setImmediate); log.info(JSON.stringify(config)); } })`,
    { discover: { credentials: { API_KEY: "k" } } });
  expect(worker.received.map((message) => message.type)).toEqual(["discover", "log", "ready"]);
  expect(JSON.parse(worker.received[1]!["message"])).toEqual({
    appId: configuration.app_id,
    runtimeUrl: configuration.runtime_url,
    databaseUrl: configuration.database_url,
    credentials: { API_KEY: "k" },
    log: {},
  });
});

test("the configuration is frozen and credentials are there without secrets", async () => {
  await using worker = await Supervisor.ready(`
    let seen;
    serve({ seen: () => seen }, { onStart: (config) => {
      seen = [config.credentials, Object.isFrozen(config), Object.isFrozen(config.credentials), typeof config.emit];
    } });`);
  expect(await worker.rpc("seen")).toMatchObject({ result: [{}, true, true, "function"] });
});

test("handlers and jobs get the context as third argument", async () => {
  await using worker = await Supervisor.ready(`
    serve({ rpc: { where: (_, __, ctx) => ctx.appId }, onJob: (_, __, ctx) => { ctx.log.info("by ctx"); ctx.emit("done"); } })`);
  expect(await worker.rpc("where")).toMatchObject({ result: "sales_crm" });
  await worker.job({});
  await worker.log("info", "by ctx");
  expect(await worker.message("event")).toEqual({ type: "event", name: "done", data: {} });
});

test("serve may be called long after the supervisor's first message", async () => {
  await using worker = await Supervisor.start(`
    await new Promise((resolve) => process.stdin.once("data", resolve));
    serve({ greet: () => "hi" });`, { stdin: "pipe" });
  worker.process.stdin.write("go\n");
  worker.process.stdin.end();
  expect(await worker.rpc("greet")).toMatchObject({ result: "hi" });
});

test("serve may be called before the supervisor's first message", async () => {
  await using worker = await Supervisor.start(`serve({ greet: () => "hi" })`, { discover: null });
  await worker.message("discover");
  worker.send({ type: "discover", ...configuration });
  await worker.message("ready");
  expect(await worker.rpc("greet")).toMatchObject({ result: "hi" });
});

test("a second discover changes the token and the limit but not what the app was told", async () => {
  using platform = new Platform();
  await using worker = await Supervisor.ready(`
    serve({
      ask: async () => (await (await fetch(process.env.ROOTCX_RUNTIME_URL)).json()).authorization,
      seen: (_, __, ctx) => [ctx.appId, ctx.credentials],
      big: () => "x".repeat(1000),
    }, { onStart: (config) => log.info("started", config.appId) });`,
  { discover: { token: "first", credentials: { a: "1" } }, env: { ROOTCX_RUNTIME_URL: platform.url } });
  expect(await worker.rpc("ask")).toMatchObject({ result: "Bearer first" });
  worker.send({ type: "discover", app_id: "other", credentials: { a: "2" }, token: "second", max_message_bytes: 1000 });
  expect(await worker.rpc("ask")).toMatchObject({ result: "Bearer second" });
  expect(await worker.rpc("seen")).toMatchObject({ result: ["sales_crm", { a: "1" }] });
  expect(await worker.rpc("big")).toMatchObject({ code: "too_large" });
  worker.send({ type: "discover", ...configuration });
  expect(await worker.rpc("ask")).toMatchObject({ result: "Bearer second" });
  expect(await worker.rpc("big")).toMatchObject({ code: "too_large" });
  expect(worker.logs()).toEqual(["info: started sales_crm"]);
});

test("calls that arrive early wait for onStart and keep their order", async () => {
  await using worker = await Supervisor.start(`
    let started = false;
    serve({ a: () => started, b: () => started }, { onStart: async () => { await new Promise(setImmediate); started = true; }, onJob: () => started });`,
    { discover: null });
  worker.send(
    { type: "rpc", id: "1", method: "a" }, { type: "job", id: "2" }, { type: "rpc", id: "3", method: "b" },
    { type: "discover", ...configuration });
  await worker.answer("3");
  expect(worker.received.map((message) => [message.type, message["id"], message["result"]])).toEqual([
    ["discover", undefined, undefined], ["ready", undefined, undefined],
    ["rpc_response", "1", true], ["job_result", "2", true], ["rpc_response", "3", true],
  ]);
});

test("calls that arrive while onStart runs wait for its end", async () => {
  await using worker = await Supervisor.start(`
    let started = false;
    serve({ started: () => started }, { onStart: async () => {
      log.info("starting");
      await new Promise((resolve) => process.stdin.once("data", resolve));
      started = true;
    } });`, { stdin: "pipe" });
  await worker.log("info", "starting");
  worker.send({ type: "rpc", id: "early", method: "started" });
  worker.socket.write("the complaint about this line proves that the call has been read\n");
  await worker.log("warn", "not JSON");
  worker.process.stdin.write("go\n");
  worker.process.stdin.end();
  expect(await worker.answer("early")).toMatchObject({ result: true });
});

test.each([["throws", "() => { throw new Error('no database'); }"], ["rejects", "async () => { throw new Error('no database'); }"]])(
  "an onStart that %s is logged, told to onError, and the worker serves", async (_, onStart) => {
    await using worker = await Supervisor.ready(`
      serve({ greet: () => "hi" }, { onStart: ${onStart}, onError: (error, method) => log.warn(method, error.message) })`);
    expect(worker.logs()).toContain("error: onStart error: no database");
    await worker.log("warn", "onStart no database");
    expect(await worker.rpc("greet")).toMatchObject({ result: "hi" });
  });

test("an onStart that never ends is given up on with a warning", async () => {
  await using worker = await Supervisor.ready(`serve({ greet: () => "hi" }, { onStart: () => new Promise(() => {}) })`, { preload: impatient });
  expect(worker.logs()).toEqual(["warn: onStart has not finished within 0.1 s: calls are served from now on"]);
  expect(await worker.rpc("greet")).toMatchObject({ result: "hi" });
});

test("shutdown awaits onShutdown and ends with 0 after everything was sent", async () => {
  await using worker = await Supervisor.ready(`
    serve({}, { onShutdown: async () => { await new Promise(setImmediate); log.info("x".repeat(60000)); for (let i = 0; i < 50; i++) emit("bye", "x".repeat(60000)); log.info("cleaned up"); } })`);
  worker.send({ type: "shutdown" });
  expect((await worker.end()).code).toBe(0);
  expect(worker.received.filter((message) => message.type === "event")).toHaveLength(50);
  expect(worker.logs().at(-1)).toBe("info: cleaned up");
});

test("shutdown waits for a slow reader longer than a process that ends otherwise", async () => {
  // Nothing waits at exit here: what arrives after the socket was full has been waited for before it.
  await using worker = await Supervisor.ready(`
    serve({}, { onShutdown: () => { for (let i = 0; i < 80; i++) log.info(i, "x".repeat(60000)); setImmediate(() => process.stdout.write("all is said\\n")); } })`,
  { preload: impatient });
  worker.socket.pause();
  worker.send({ type: "shutdown" });
  for await (const _ of worker.process.stdout) break;
  expect(worker.process.exitCode).toBe(null);
  worker.socket.resume();
  expect(await worker.process.exited).toBe(0);
  await worker.closed();
  expect(worker.logs()).toHaveLength(80);
});

test("an onShutdown that throws is logged and the exit stays clean", async () => {
  await using worker = await Supervisor.ready(`serve({}, { onShutdown: () => { throw new Error("stuck"); } })`);
  worker.send({ type: "shutdown" }, { type: "shutdown" });
  expect((await worker.end()).code).toBe(0);
  expect(worker.logs()).toEqual(["error: onShutdown error: stuck"]);
});

test("calls during the shutdown are still answered", async () => {
  await using worker = await Supervisor.ready(`
    const { promise, resolve } = Promise.withResolvers();
    serve({ finish: () => { resolve(); return "done"; } }, { onShutdown: () => promise });`);
  worker.send({ type: "shutdown" });
  expect(await worker.rpc("finish")).toMatchObject({ result: "done" });
  expect((await worker.end()).code).toBe(0);
});

test("when the supervisor dies the worker cleans up and ends with 1", async () => {
  await using worker = await Supervisor.ready(`serve({}, { onShutdown: async () => { await new Promise(setImmediate); log.info("alone now"); } })`);
  worker.socket.destroy();
  expect(await worker.end()).toMatchObject({ code: 1, stdout: "alone now\n" });
});

test("when the supervisor dies a stuck onShutdown is not waited for", async () => {
  await using worker = await Supervisor.ready(`serve({}, { onShutdown: () => new Promise(() => {}) })`, { preload: impatient });
  worker.socket.destroy();
  expect((await worker.end()).code).toBe(1);
});

test("a script that never serves ends by itself and its lines arrive", async () => {
  await using worker = await Supervisor.script(`for (let i = 0; i < 20; i++) log.info(i, "x".repeat(60000)); console.log("end of script");`);
  expect((await worker.end()).code).toBe(0);
  expect(worker.logs()).toHaveLength(21);
  expect(worker.logs().at(-1)).toBe("info: end of script");
});

test.each([["process.exit", "process.exit(3)", 3], ["a crash", "throw new Error('broken module')", 1]])(
  "lines written right before %s arrive", async (_, statement, expected) => {
    await using worker = await Supervisor.script(`for (let i = 0; i < 20; i++) log.info(i, "x".repeat(60000)); log.warn("last words"); ${statement}`);
    expect((await worker.end()).code).toBe(expected);
    expect(worker.logs().at(-1)).toBe("warn: last words");
  });

test("lines of the app's own exit listener arrive", async () => {
  await using worker = await Supervisor.script(`process.on("exit", () => log.info("leaving")); log.info("running");`);
  expect((await worker.end()).code).toBe(0);
  expect(worker.logs()).toEqual(["info: running", "info: leaving"]);
});

test("a script that never serves has stdin to itself", async () => {
  await using worker = await Supervisor.script(`
    process.stdin.on("data", (chunk) => process.stdout.write("raw " + chunk));`, { stdin: "pipe" });
  worker.process.stdin.write("line\n");
  worker.process.stdin.end();
  expect(await worker.end()).toMatchObject({ code: 0, stdout: "raw line\n" });
  expect(worker.received).toEqual([]);
});
