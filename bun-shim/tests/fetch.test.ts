import { expect, setDefaultTimeout, test } from "bun:test";
import { Platform } from "./platform.ts";
import { configuration, impatient, patience, patient, Supervisor, type StartOptions } from "./supervisor.ts";

setDefaultTimeout(patience);

const token = "the.worker.token";
const bearer = `Bearer ${token}`;

/** A worker with a token whose method `run` evaluates an expression; `at` is the platform's address there. */
const start = (platform: Platform, options: StartOptions = {}): Promise<Supervisor> =>
  Supervisor.ready(`
    const at = process.env.ROOTCX_RUNTIME_URL;
    const seen = async (response) => await (await response).json();
    serve({ run: (code) => eval(code) });`,
  { ...options, discover: { token }, env: { ROOTCX_RUNTIME_URL: platform.url, ...options.env } });

const run = async (worker: Supervisor, code: string): Promise<any> => {
  const answer = await worker.rpc("run", code);
  if (answer["error"] !== undefined) throw new Error(answer["error"]);
  return answer["result"];
};

test.each([
  ["an address", "fetch(at + '/x')"],
  ["a URL", "fetch(new URL('/x', at))"],
  ["an object with an address as its text", "fetch({ toString: () => at + '/x' })"],
  ["a request", "fetch(new Request(at + '/x'))"],
  ["a request with other headers", "fetch(new Request(at + '/x', { headers: { Accept: 'a/b' } }))"],
  ["a request whose own token is taken away", "fetch(new Request(at + '/x', { headers: { Authorization: 'mine' } }), { headers: {} })"],
  ["empty options", "fetch(at + '/x', {})"],
  ["headers of an object", "fetch(at + '/x', { headers: { Accept: 'a/b' } })"],
  ["headers of pairs", "fetch(at + '/x', { headers: [['Accept', 'a/b'], ['Accept', 'c/d']] })"],
  ["Headers", "fetch(at + '/x', { headers: new Headers({ Accept: 'a/b' }) })"],
  ["frozen options", "fetch(at + '/x', Object.freeze({ headers: Object.freeze({ Accept: 'a/b' }), verbose: false }))"],
  ["an address with odd capitals and blanks", "fetch(' ' + at.replace('http', 'HTTP') + '/x ')"],
  ["a proxy of nothing", "fetch(at + '/x', { proxy: undefined })"],
])("the app's own token goes with %s", async (_, code) => {
  using platform = new Platform();
  await using worker = await start(platform);
  expect(await run(worker, `seen(${code})`)).toEqual({ method: "GET", path: "/x", authorization: bearer, body: "" });
});

test.each([
  ["an object", "fetch(at, { headers: { AUTHORIZATION: 'mine' } })", "mine"],
  ["pairs", "fetch(at, { headers: [['authorization', 'mine']] })", "mine"],
  ["Headers", "fetch(at, { headers: new Headers({ Authorization: 'mine' }) })", "mine"],
  ["a map", "fetch(at, { headers: new Map([['Authorization', 'mine']]) })", "mine"],
  ["an iterator", "fetch(at, { headers: [['Authorization', 'mine']].values() })", "mine"],
  ["a request", "fetch(new Request(at, { headers: { Authorization: 'mine' } }))", "mine"],
  ["a request as options", "fetch(at, new Request(at, { headers: { Authorization: 'mine' } }))", "mine"],
  ["options over a request", "fetch(new Request(at), { headers: { Authorization: 'mine' } })", "mine"],
  ["an empty text", "fetch(at, { headers: { Authorization: '' } })", ""],
  ["the address", "fetch(at.replace('://', '://user:password@'))", "Basic dXNlcjpwYXNzd29yZA=="],
])("a request's own authorization stays when it is in %s", async (_, code, authorization) => {
  using platform = new Platform();
  await using worker = await start(platform);
  expect(await run(worker, `seen(${code})`)).toMatchObject({ authorization });
});

test("method, headers and body stay", async () => {
  using platform = new Platform();
  await using worker = await start(platform);
  const posts = [
    "fetch(at, { method: 'POST', body: 'text' })",
    "fetch(at, { method: 'POST', body: new Blob(['te', 'xt']).stream(), duplex: 'half' })",
    "fetch(new Request(at, { method: 'POST', body: 'text' }))",
    "fetch(new Request(at, { method: 'POST', body: new Blob(['text']).stream(), duplex: 'half' }))",
    "fetch(new Request(at, { method: 'POST', body: 'other' }), { body: 'text' })",
    "fetch(at, new Request(at, { method: 'POST', body: 'text' }))",
    "fetch(at, Object.create({ method: 'POST', body: 'text' }))",
    "fetch(at, new class { get method() { return 'POST' } get body() { return 'text' } })",
  ];
  for (const post of posts) {
    expect(await run(worker, `seen(${post})`)).toEqual({ method: "POST", path: "/", authorization: bearer, body: "text" });
  }
  const form = "const form = new FormData(); form.set('field', 'value');";
  for (const post of ["fetch(at, { method: 'POST', body: form })", "fetch(new Request(at, { method: 'POST', body: form }))"]) {
    expect((await run(worker, `${form} seen(${post})`))["body"]).toContain('name="field"\r\n\r\nvalue');
  }
});

test("the page's own examples reach the platform with the token", async () => {
  using platform = new Platform();
  await using worker = await Supervisor.ready(`
    serve({
      pipeline: async () => {
        const res = await fetch(\`\${process.env.ROOTCX_RUNTIME_URL}/api/v1/apps/sales_crm/collections/deals\`);
        return await res.json();
      },
      enqueue: async (params) => {
        const res = await fetch(\`\${process.env.ROOTCX_RUNTIME_URL}/api/v1/apps/sales_crm/jobs\`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ payload: { type: "deal_won", dealId: params.dealId } }),
        });
        return await res.json();
      },
    });`, { discover: { token }, env: { ROOTCX_RUNTIME_URL: platform.url } });
  expect(await worker.rpc("pipeline")).toMatchObject({ result: { authorization: bearer } });
  expect(await worker.rpc("enqueue", { dealId: 7 })).toMatchObject({
    result: { method: "POST", authorization: bearer, body: '{"payload":{"type":"deal_won","dealId":7}}' },
  });
});

test("other origins never get the token", async () => {
  using platform = new Platform();
  using other = new Platform();
  await using worker = await start(platform);
  const addresses = [other.url, `http://localhost:${platform.port}`, `http://[::1]:${platform.port}`, `${other.url}\\@127.0.0.1:${platform.port}`];
  for (const address of addresses) await run(worker, `fetch(${JSON.stringify(address)}).catch(() => {}).then(() => null)`);
  expect(await run(worker, `seen(fetch(at, { proxy: "${other.url}" }))`)).toMatchObject({ authorization: null });
  expect(await run(worker, `
    const unix = process.env.TMPDIR + "/other.sock";
    Bun.serve({ unix, fetch: (request) => Response.json({ authorization: request.headers.get("authorization") }) });
    seen(fetch(at, { unix }))`)).toEqual({ authorization: null });
  expect([...platform.seen, ...other.seen].filter((request) => request.authorization !== null)).toEqual([]);
});

test("a redirect to another origin loses the token for good", async () => {
  using platform = new Platform();
  using other = new Platform();
  await using worker = await start(platform);
  const targets = [`${other.url}/x`, `http://localhost:${platform.port}/x`, `${other.url}/to/302?${platform.url}/x`];
  await expectNoTokenAt(worker, targets);
  expect(other.seen.map((request) => request.authorization)).toEqual([null, null, null, null]);
});

// The certificate is made by a program that not every machine has.
test.skipIf(Bun.which("openssl") === null)("so does a redirect from http to https", async () => {
  using platform = new Platform();
  await using worker = await start(platform);
  using secure = Platform.secure(worker.directory);
  await expectNoTokenAt(worker, [`${secure.url}/x`]);
  expect(secure.seen.map((request) => request.authorization)).toEqual([null, null]);
});

/** Redirects the worker to each target, asked for by address and by Request. */
async function expectNoTokenAt(worker: Awaited<ReturnType<typeof start>>, targets: string[]): Promise<void> {
  for (const input of ["address", "new Request(address)"]) {
    for (const target of targets) {
      const answer = await run(worker, `
        const address = at + "/to/302?${target}";
        seen(fetch(${input}, { tls: { rejectUnauthorized: false }, headers: { Host: "${new URL(target).host}" } }))`);
      expect(answer).toMatchObject({ path: "/x", authorization: null });
    }
  }
}

test.each([301, 302, 303, 307, 308])("a redirect with status %d keeps the token on the platform alone", async (status) => {
  using platform = new Platform();
  using other = new Platform();
  await using worker = await start(platform);
  const kept = status > 303 ? { method: "POST", body: "text" } : { method: "GET", body: "" };
  for (const [target, authorization] of [["/x", bearer], [`${other.url}/x`, null]]) {
    expect(await run(worker, `seen(fetch(at + "/to/${status}?${target}", { method: "POST", body: "text" }))`))
      .toEqual({ path: "/x", authorization, ...kept });
  }
});

test("the redirect modes work as ever", async () => {
  using platform = new Platform();
  using other = new Platform();
  await using worker = await start(platform);
  for (const call of ["fetch(address, { redirect })", "fetch(new Request(address, { redirect }))"]) {
    const result = await run(worker, `
      const address = at + "/to/302?${other.url}/x";
      let redirect = "manual";
      ${call}.then((manual) => {
        redirect = "error";
        return ${call}.then(() => "followed", (error) => [manual.status, manual.headers.get("location"), error.name]);
      })`);
    expect(result).toEqual([302, `${other.url}/x`, "TypeError"]);
  }
  expect(platform.seen.map((request) => request.authorization)).toEqual([bearer, bearer, bearer, bearer]);
  expect(other.seen).toEqual([]);
});

test("a streamed body can't follow a redirect, and nothing arrives elsewhere", async () => {
  using platform = new Platform();
  using other = new Platform();
  await using worker = await start(platform);
  const outcome = await run(worker, `
    const once = (text) => new ReadableStream({ start: (stream) => { stream.enqueue(text); stream.close(); } });
    fetch(at + "/to/307?${other.url}/x", { method: "POST", body: once("text"), duplex: "half" })
      .then(() => "followed", (error) => error.name)`);
  expect([outcome, other.seen]).toEqual(["TypeError", []]);
});

test("requests that are wrong fail as ever", async () => {
  using platform = new Platform();
  await using worker = await start(platform);
  const calls = ["(call) => call()", "(call) => call('/relative')", "(call) => call('')", "(call) => call(Object.create(null))",
    "(call) => call(at, { headers: { 'bad name': '1' } })", "(call) => call(at, { headers: null })", "(call) => call(at, { body: 'on GET' })"];
  for (const call of calls) {
    const [ours, native] = await run(worker, `
      const text = async (call) => { try { await (${call})(call); return "no error"; } catch (error) { return error.name + ": " + error.message; } };
      Promise.all([text(fetch), text(Bun.fetch)])`);
    expect(ours).toBe(native);
    expect(ours).toStartWith("TypeError: ");
  }
});

test("a signal ends a request", async () => {
  using platform = new Platform();
  await using worker = await start(platform);
  for (const call of ["fetch(at, { signal })", "fetch(new Request(at, { signal }))"]) {
    expect(await run(worker, `const signal = AbortSignal.abort(); ${call}.then(() => "done", (error) => error.name)`)).toBe("AbortError");
  }
});

test("fetch looks as before", async () => {
  using platform = new Platform();
  await using worker = await start(platform);
  const [ours, native] = await run(worker, `
    const looks = (f) => [f.name, f.length, typeof f.preconnect, Object.getOwnPropertyNames(f)];
    [looks(fetch), looks(Bun.fetch)]`);
  expect(ours).toEqual(native);
  expect(await run(worker, `
    const { value, ...rest } = Object.getOwnPropertyDescriptor(globalThis, "fetch"); rest`)).toEqual({ writable: true, enumerable: true, configurable: true });
});

test("the address counts that the process was started with", async () => {
  using platform = new Platform();
  using other = new Platform();
  await using worker = await start(platform);
  expect(await run(worker, `process.env.ROOTCX_RUNTIME_URL = "${other.url}"; seen(fetch("${other.url}"))`)).toMatchObject({ authorization: null });
  expect(await run(worker, `seen(fetch(at))`)).toMatchObject({ authorization: bearer });
});

test("a proxy of the environment does not get to see the token", async () => {
  using platform = new Platform();
  using proxy = new Platform();
  await using worker = await start(platform, { env: { HTTP_PROXY: proxy.url, http_proxy: proxy.url, NO_PROXY: "", no_proxy: "" } });
  expect(await run(worker, `seen(fetch(at))`)).toMatchObject({ authorization: bearer });
  expect(proxy.seen).toEqual([]);
});

test("Bun's own tracing of requests does not print the token", async () => {
  using platform = new Platform();
  await using worker = await start(platform, { env: { BUN_CONFIG_VERBOSE_FETCH: "curl" } });
  for (const verbose of ["undefined", "true", "'curl'"]) {
    expect(await run(worker, `seen(fetch(at, { verbose: ${verbose} }))`)).toMatchObject({ authorization: bearer });
  }
  worker.send({ type: "shutdown" });
  const { stdout, stderr } = await worker.end();
  expect(stdout + stderr).toContain("[redacted]");
  expect((stdout + stderr).includes(token)).toBe(false);
});

test("user code finds the token neither in the environment nor in what it can list", async () => {
  using platform = new Platform();
  await using worker = await Supervisor.ready(`
    let config;
    function search(text, ...roots) {
      const found = [];
      const known = new Set(roots);
      for (const object of known) { // a set takes more while it is walked
        for (const key of Reflect.ownKeys(object)) {
          const value = Reflect.getOwnPropertyDescriptor(object, key)?.value;
          if (String(typeof value === "object" ? "" : value).includes(text)) found.push(String(key));
          if (Object(value) === value) known.add(value);
        }
        known.add(Object.getPrototypeOf(object) ?? roots[0]);
      }
      return [found, known.size];
    }
    serve({ search: (text, _, ctx) => search(text, ctx, config, process.env, globalThis) }, { onStart: (given) => { config = given; } });`,
  { discover: { token }, env: { ROOTCX_RUNTIME_URL: platform.url } });
  const [found, searched] = (await worker.rpc("search", token))["result"];
  expect(found).toEqual([]);
  expect(1000).toBeLessThan(searched);
  const [addresses] = (await worker.rpc("search", platform.url))["result"];
  expect(addresses).toEqual(["ROOTCX_RUNTIME_URL"]);
});

test("a new token takes the place of the old one", async () => {
  using platform = new Platform();
  await using worker = await start(platform);
  expect(await run(worker, `seen(fetch(at))`)).toMatchObject({ authorization: bearer });
  worker.send({ type: "token", token: "second" });
  expect(await run(worker, `seen(fetch(at))`)).toMatchObject({ authorization: "Bearer second" });
});

test("a request of the entry file waits for the token", async () => {
  using platform = new Platform();
  await using worker = await Supervisor.script(`
    log.info("asking");
    const answer = await fetch(process.env.ROOTCX_RUNTIME_URL);
    log.info((await answer.json()).authorization);`, { env: { ROOTCX_RUNTIME_URL: platform.url } });
  await worker.log("info", "asking");
  worker.send({ type: "discover", ...configuration, token });
  expect((await worker.end()).code).toBe(0);
  expect(worker.logs()).toEqual(["info: asking", `info: ${bearer}`]);
});

test("requests with an authorization of their own or to others don't wait", async () => {
  using platform = new Platform();
  using other = new Platform();
  await using worker = await Supervisor.script(`
    const own = await fetch(process.env.ROOTCX_RUNTIME_URL, { headers: { Authorization: "mine" } });
    const foreign = await fetch("${other.url}");
    log.info((await own.json()).authorization, (await foreign.json()).authorization);`, { env: { ROOTCX_RUNTIME_URL: platform.url } });
  expect((await worker.end()).code).toBe(0);
  expect(worker.logs()).toEqual(["info: mine null"]);
});

test("nothing waits for a token when the supervisor is gone", async () => {
  using platform = new Platform();
  await using worker = await Supervisor.script(`
    serve({}, { onShutdown: () => fetch(process.env.ROOTCX_RUNTIME_URL) });`, { preload: patient, env: { ROOTCX_RUNTIME_URL: platform.url } });
  await worker.message("discover");
  worker.socket.destroy();
  expect((await worker.end()).code).toBe(1);
  expect(platform.seen).toMatchObject([{ authorization: null }]);
});

test("a request that waits can be aborted", async () => {
  using platform = new Platform();
  await using worker = await Supervisor.script(`
    const abort = new AbortController();
    const waiting = fetch(process.env.ROOTCX_RUNTIME_URL, { signal: abort.signal });
    abort.abort();
    await waiting.catch((error) => log.info(error.name));
    process.exit();`, { preload: patient, env: { ROOTCX_RUNTIME_URL: platform.url } });
  await worker.end();
  expect(worker.logs()).toEqual(["info: AbortError"]);
  expect(platform.seen).toEqual([]);
});

test("when no discover comes a request goes out without a token in the end", async () => {
  using platform = new Platform();
  await using worker = await Supervisor.script(`
    const answer = await fetch(process.env.ROOTCX_RUNTIME_URL);
    log.info((await answer.json()).authorization);`, { preload: impatient, env: { ROOTCX_RUNTIME_URL: platform.url } });
  expect((await worker.end()).code).toBe(0);
  expect(worker.logs()).toEqual(["info: null"]);
});

test("after a discover without a token requests go out without one", async () => {
  using platform = new Platform();
  await using worker = await Supervisor.ready(`
    serve({ go: async () => (await (await fetch(process.env.ROOTCX_RUNTIME_URL)).json()).authorization });`,
  { env: { ROOTCX_RUNTIME_URL: platform.url } });
  expect(await worker.rpc("go")).toMatchObject({ result: null });
  worker.send({ type: "token", token });
  expect(await worker.rpc("go")).toMatchObject({ result: bearer });
});

test("without a supervisor requests go out at once and without a token", async () => {
  using platform = new Platform();
  await using worker = await Supervisor.start(`
    const answer = await fetch(process.env.ROOTCX_RUNTIME_URL);
    console.log((await answer.json()).authorization);`, { listen: false, preload: patient, env: { ROOTCX_RUNTIME_URL: platform.url } });
  expect(await worker.end()).toMatchObject({ code: 0, stdout: "null\n" });
});

test.each<[string, string | undefined]>([["no address", undefined], ["nonsense for an address", "nowhere"], ["a file for an address", "file:///"]])(
  "with %s of the platform fetch is the native one", async (_, address) => {
    using other = new Platform();
    await using worker = await Supervisor.ready(`
      serve({ go: async (address) => (await (await fetch(address)).json()).authorization });`,
    { discover: { token }, env: { ROOTCX_RUNTIME_URL: address } });
    expect(await worker.rpc("go", other.url)).toMatchObject({ result: null });
  });
