// Answers calls with the same handler as the app of the benchmark, in workerd, and prints its address.
import { Miniflare } from "miniflare";

const script = `
  const handlers = { greet: (params) => ({ message: "Hello, " + params.name + "!" }), echo: (params) => params };
  export default {
    async fetch(request) {
      const { method, params } = await request.json();
      return Response.json(handlers[method](params));
    },
  };`;
const miniflare = new Miniflare({ modules: true, compatibilityDate: "2026-01-01", host: "127.0.0.1", port: 0, script });
console.log((await miniflare.ready).href);
