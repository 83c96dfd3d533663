import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What one request brought along. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | null;
  readonly body: string;
  /** Only if there was one. */
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/**
 * Plays the platform's API, or somebody else's server, and answers with what it has seen. A path
 * `/to/307?<address>` redirects to that address with that status.
 */
export class Platform implements Disposable {
  readonly seen: Seen[] = [];
  readonly #server: BunServer;

  /** @param tls makes it an https server */
  constructor(tls?: { key: string; cert: string }) {
    this.#server = Bun.serve({ port: 0, hostname: "127.0.0.1", ...(tls && { tls }), fetch: (request) => this.#answer(request) });
  }

  /** An https server with a certificate that nobody vouches for, made in that directory. */
  static secure(directory: string): Platform {
    const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
    const made = Bun.spawnSync(["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
      "-subj", "/CN=127.0.0.1", "-days", "2", "-keyout", key, "-out", cert]);
    if (!made.success) throw new Error(`openssl: ${made.stderr}`);
    return new Platform({ key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") });
  }

  get url(): string {
    return this.#server.url.origin;
  }

  get port(): number {
    return this.#server.port;
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true);
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const [traceparent, tracestate] = [request.headers.get("traceparent"), request.headers.get("tracestate")];
    const seen = {
      method: request.method, path: pathname, authorization: request.headers.get("authorization"), body: await request.text(),
      ...(traceparent !== null && { traceparent }), ...(tracestate !== null && { tracestate }),
    };
    this.seen.push(seen);
    const redirect = /^\/to\/(\d+)$/.exec(pathname);
    if (redirect === null) return Response.json(seen);
    return new Response(null, { status: Number(redirect[1]), headers: { location: search.slice(1) } });
  }
}
