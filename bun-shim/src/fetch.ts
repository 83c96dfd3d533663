import { traceHeaders } from "./trace.ts";
import type { WorkerToken } from "./worker-token.ts";

export type Fetch = (...args: unknown[]) => Promise<unknown>;

// As they are before user code can replace them.
const { Headers, Request, URL } = globalThis;

/**
 * `fetch` that puts on requests to the platform what belongs there: the app's own token if they carry no
 * `Authorization`, and the trace of the call that they are made for if they carry no `traceparent`. All other
 * requests reach the native one untouched. Redirects are left to it too: it follows the fetch standard, and
 * so takes `Authorization` off on the way to another origin, for good.
 *
 * @param platform base URL of the platform's API; without a valid one no request is changed
 */
export function platformFetch(native: Fetch, platform: string | undefined, token: WorkerToken): Fetch {
  const origin = platform === undefined ? null : originOf(platform);
  if (origin === null) return native;

  const fetch: Fetch = (...args) => {
    const request = platformRequest(args, origin);
    if (request === null) return native(...args);
    const { input, init, headers } = request;
    const trace = headers.has("traceparent") ? {} : traceHeaders();
    const send = (): Promise<unknown> => {
      const authorized = headers.has("authorization") || token.current === null;
      if (authorized && Object.keys(trace).length === 0) return native(...args);
      return native(input, overriding(init, {
        headers: { ...Object.fromEntries(headers), ...trace, ...(authorized ? {} : { authorization: `Bearer ${token.current}` }) },
        // In plain text a proxy of the environment would read the token; and "curl" would print it.
        ...(authorized ? {} : { ...(origin.startsWith("http:") ? { proxy: false } : {}), verbose: Boolean(init.verbose) }),
      }));
    };
    return token.isAwaited && !headers.has("authorization") ? token.arrival(init.signal ?? request.signal).then(send) : send();
  };
  return Object.defineProperties(fetch, Object.getOwnPropertyDescriptors(native));
}

/** What decides about a request, among the options of `fetch`. `proxy`, `unix` and `verbose` are Bun's own. */
interface Init {
  readonly headers?: Iterable<unknown> | object | null;
  readonly signal?: unknown;
  readonly proxy?: unknown;
  readonly unix?: unknown;
  readonly verbose?: unknown;
}

interface PlatformRequest {
  readonly input: unknown;
  readonly init: Init;
  readonly headers: Headers;
  readonly signal: unknown;
}

/** The request when it goes straight to the platform without credentials in its address, else null. */
function platformRequest([input, options]: readonly unknown[], origin: string): PlatformRequest | null {
  const init = (options ?? {}) as Init;
  const request = input instanceof Request ? input : null;
  try {
    const url = new URL(request === null ? String(input) : request.url);
    if (url.origin !== origin || url.username !== "" || url.password !== "") return null;
    if (init.proxy || init.unix) return null;
    const given = init.headers;
    // Looking into an iterator would leave nothing of it for the native fetch.
    if (given && "next" in given) return null;
    const headers = new Headers(given === undefined ? request?.headers : given);
    // What is fetched is what was looked at, however the native fetch might read the text.
    return { input: request ?? url.href, init, headers, signal: request?.signal };
  } catch {
    return null; // the native fetch says itself what is wrong with the request
  }
}

function originOf(url: string): string | null {
  try {
    const { origin } = new URL(url);
    return origin.startsWith("http") ? origin : null;
  } catch {
    return null;
  }
}

// No spread: the options may be frozen, inherit their values, or be a Request, whose values are accessors.
function overriding(init: object, values: Readonly<Record<PropertyKey, unknown>>): object {
  const read = (key: PropertyKey): unknown => (Object.hasOwn(values, key) ? values[key] : Reflect.get(init, key));
  return new Proxy({}, { get: (_, key) => read(key), has: (_, key) => Object.hasOwn(values, key) || Reflect.has(init, key) });
}
