import { expect, setDefaultTimeout, test } from "bun:test";
import { patience, Supervisor } from "./supervisor.ts";

setDefaultTimeout(patience);

test("a line may be cut anywhere, also inside a character", async () => {
  await using worker = await Supervisor.ready(`serve({ echo: (params) => params })`);
  const text = "Zürich → 東京 🚄";
  const line = Buffer.from(JSON.stringify({ type: "rpc", id: "cut", method: "echo", params: text }) + "\n");
  for (let at = 1; at < line.length; at++) {
    const call = (id: string) => Buffer.from(JSON.stringify({ type: "rpc", id, method: "echo" }) + "\n");
    // The answer to the call in front proves that the worker has read the head before the tail is sent.
    worker.socket.write(Buffer.concat([call(`before ${at}`), line.subarray(0, at)]));
    await worker.answer(`before ${at}`);
    worker.socket.write(Buffer.concat([line.subarray(at), call(`after ${at}`)]));
    await worker.answer(`after ${at}`);
  }
  const cut = worker.received.filter((message) => message["id"] === "cut").map((message) => message["result"]);
  expect(cut).toEqual(Array.from({ length: line.length - 1 }, () => text));
});

test("lines of several MiB go through in both directions", async () => {
  await using worker = await Supervisor.ready(`serve({ echo: (params) => params })`);
  const text = "äöü🚄".repeat(700_000);
  const answer = await worker.rpc("echo", text);
  expect(answer["result"] === text).toBe(true);
});

test("answers that the supervisor reads late are complete and in order", async () => {
  await using worker = await Supervisor.ready(`
    let n = 0;
    serve({ big: () => ({ n: n++, text: "é".repeat(1_000_000) }) });`);
  worker.socket.pause();
  const answers = Array.from({ length: 8 }, () => worker.rpc("big"));
  worker.socket.resume();
  await Promise.all(answers);
  const received = worker.received.filter((m) => m.type === "rpc_response").map((m) => [m["result"].n, m["result"].text.length]);
  expect(received).toEqual(Array.from({ length: 8 }, (_, n) => [n, 1_000_000]));
});

test("blank lines, unknown types and lines that are no JSON do no harm", async () => {
  await using worker = await Supervisor.ready(`serve({ greet: () => "hi" })`);
  worker.socket.write(`\n  \r\n{"type":"telepathy"}\nnull\n42\n{broken\n`);
  expect(await worker.rpc("greet")).toMatchObject({ result: "hi" });
  expect(worker.logs()).toEqual(["warn: a message from the supervisor is not JSON: {broken"]);
});

test("without a socket the worker says so once and its output stays readable", async () => {
  await using worker = await Supervisor.start(`
    serve({ greet: () => 1 }, { onStart: () => { throw new Error("never"); } });
    log.info("100% plain", { a: 1 });
    console.warn("careful");
    emit("order", { id: 1 });`, { listen: false });
  const { code, stdout, stderr } = await worker.end();
  expect(code).toBe(0);
  expect(stdout).toBe(`100% plain { a: 1 }\n{"type":"event","name":"order","data":{"id":1}}\n`);
  expect(stderr.trim().split("\n")).toEqual([
    `rootcx: no connection to the supervisor: ${worker.directory}/.rootcx.sock: ENOENT`,
    "careful",
  ]);
});

test("without TMPDIR the worker says so and runs", async () => {
  await using worker = await Supervisor.start(`serve(); log.info("ran");`, { listen: false, env: { TMPDIR: undefined } });
  expect(await worker.end()).toEqual({
    code: 0, stdout: "ran\n", stderr: "rootcx: no connection to the supervisor: TMPDIR is not set\n",
  });
});
