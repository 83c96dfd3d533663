import { expect, setDefaultTimeout, test } from "bun:test";
import { patience, Supervisor } from "./supervisor.ts";

setDefaultTimeout(patience);

const discoverOf = async (code: string) => {
  await using worker = await Supervisor.start(code);
  return await worker.message("discover");
};

test("a flat table announces its functions as methods", async () => {
  expect(await discoverOf(`serve({ greet: () => 1, pipeline: async () => 2, version: "1.0" })`)).toEqual({
    type: "discover", protocol: 3, methods: ["greet", "pipeline"], jobs: false,
  });
});

test("hooks in the second argument are not methods", async () => {
  const discover = await discoverOf(`serve({ greet: () => 1 }, { onJob: () => 1, onStart: () => {} })`);
  expect(discover).toMatchObject({ methods: ["greet"], jobs: true });
});

test("with a second argument even rpc and hook names in the first one are methods", async () => {
  await using worker = await Supervisor.ready(`serve({ rpc: () => "called", onJob: () => "a method", onStart: () => "too" }, {})`);
  expect(await worker.message("discover")).toMatchObject({ methods: ["rpc", "onJob", "onStart"], jobs: false });
  expect(await worker.rpc("rpc")).toMatchObject({ result: "called" });
  expect(await worker.rpc("onJob")).toMatchObject({ result: "a method" });
});

test("one object with rpc and hooks serves both", async () => {
  await using worker = await Supervisor.ready(`
    let started = "";
    serve({
      rpc: { started: () => started },
      onStart: (ctx) => { started = ctx.appId; },
      onJob: (payload) => payload.n + 1,
    });`);
  expect(await worker.message("discover")).toMatchObject({ methods: ["started"], jobs: true });
  expect(await worker.rpc("started")).toMatchObject({ result: "sales_crm" });
  expect(await worker.job({ n: 1 })).toEqual({ type: "job_result", id: "1", result: 2 });
});

test("a hook alone makes the object one of hooks", async () => {
  expect(await discoverOf(`serve({ onJob: () => 1 })`)).toMatchObject({ methods: [], jobs: true });
});

test("functions beside hooks are not callable and a warning names them", async () => {
  await using worker = await Supervisor.ready(`serve({ greet: () => 1, version: 2, onStart: () => {} })`);
  expect(await worker.rpc("greet")).toMatchObject({ code: "unknown_method" });
  expect((await worker.log("warn", "serve(): greet ignored"))["message"]).toContain(`"rpc"`);
});

test("a function called rpc is a method", async () => {
  await using worker = await Supervisor.ready(`serve({ rpc: () => "plain", greet: () => 1 })`);
  expect(await worker.message("discover")).toMatchObject({ methods: ["rpc", "greet"] });
  expect(await worker.rpc("rpc")).toMatchObject({ result: "plain" });
});

test("hook names that hold no function are no hooks", async () => {
  expect(await discoverOf(`serve({ onJob: "later", greet: () => 1 })`)).toMatchObject({ methods: ["greet"], jobs: false });
});

test("a second argument that is no object counts as missing", async () => {
  expect(await discoverOf(`serve({ rpc: { a: () => 1 } }, null)`)).toMatchObject({ methods: ["a"] });
});

test("without an argument there are no methods", async () => {
  await using worker = await Supervisor.ready(`serve()`);
  expect(await worker.message("discover")).toMatchObject({ methods: [], jobs: false });
  expect(await worker.rpc("greet")).toMatchObject({ error: "unknown method: greet" });
});

test("a module's exports can be served", async () => {
  await using worker = await Supervisor.ready(`
    import * as handlers from "./index.ts";
    export const greet = () => "from a module";
    serve(handlers);`);
  expect(await worker.rpc("greet")).toMatchObject({ result: "from a module" });
});

test("methods and hooks see their own object as this", async () => {
  await using worker = await Supervisor.ready(`
    serve({ n: 2, twice() { return this.n * 2; } }, { n: 3, onJob() { return this.n; } })`);
  expect(await worker.rpc("twice")).toMatchObject({ result: 4 });
  expect(await worker.job({})).toMatchObject({ result: 3 });
});

test("a second call throws and the first stays in force", async () => {
  await using worker = await Supervisor.ready(`
    let second;
    serve({ second: () => second });
    try { serve({}); } catch (error) { second = error.message; }`);
  expect(await worker.rpc("second")).toMatchObject({ result: "serve() called twice" });
});

test("something that is no object is refused with a reason", async () => {
  await using worker = await Supervisor.ready(`
    let refused;
    try { serve("greet"); } catch (error) { refused = error.message; }
    serve({ refused: () => refused });`);
  expect(await worker.rpc("refused")).toMatchObject({ result: "serve() takes an object of functions, not a string" });
});
