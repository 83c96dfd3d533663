import { connect } from "./connection.ts";
import { redirectConsole } from "./console.ts";
import { platformFetch } from "./fetch.ts";
import { show } from "./format.ts";
import { createOutput } from "./output.ts";
import { isProtocolLine } from "./protocol-line.ts";
import { readServeArguments } from "./serve.ts";
import { Worker } from "./worker.ts";
import { WorkerToken } from "./worker-token.ts";

export interface Limits {
  /** How long calls wait for `onStart`, in milliseconds. After that they are served anyway. */
  readonly startLimitMs: number;
  /** How long `onShutdown` may take once the supervisor is gone, in milliseconds. */
  readonly orphanLimitMs: number;
  /** How long a request waits for the first token, in milliseconds. */
  readonly tokenLimitMs: number;
  /** How long the platform may take to answer an operation on the app's data, in milliseconds. */
  readonly operationLimitMs: number;
  /** How long an ending process waits for the supervisor to read its last lines, in milliseconds. */
  readonly exitFlushLimitMs: number;
}

/** Connects to the supervisor and installs `serve`, `log`, `emit`, `fetch` and `console`. Never throws and never rejects. */
export async function install(limits: Limits): Promise<void> {
  const native = { info: console.log.bind(console), error: console.error.bind(console) };
  const token = new WorkerToken(limits.tokenLimitMs);
  const fetch = platformFetch(globalThis.fetch, process.env["ROOTCX_RUNTIME_URL"], token);
  const connection = await connect(process.env["TMPDIR"], limits.exitFlushLimitMs);
  const { log, emit } = createOutput(connection, native);
  const worker = new Worker(connection, log, emit, token, limits);

  connection.onMessage = (message) => worker.receive(message);
  connection.onLost = () => worker.orphaned();
  connection.onFault = (error) => native.error(`rootcx: the connection to the supervisor failed: ${show(error)}`);
  if (connection.failure) {
    native.error(`rootcx: no connection to the supervisor: ${connection.failure}`);
    token.stopWaiting();
  }

  let served = false;
  const serve = (...args: unknown[]): void => {
    if (served) throw new Error("serve() called twice");
    const registration = readServeArguments(args);
    served = true;
    if (registration.ignored.length > 0) {
      log.warn(`serve(): ${registration.ignored.join(", ")} ignored: next to hooks, methods belong under "rpc"`);
    }
    worker.serve(registration);
  };

  redirectConsole(log, (text) => {
    if (served || !isProtocolLine(text)) return false;
    native.info(text);
    return true;
  });
  Object.assign(globalThis, { serve, log, emit, fetch });
  // Lines written just before process.exit() or a crash are often the ones that explain it.
  process.on("exit", () => connection.flushBeforeExit());
}
