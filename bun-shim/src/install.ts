import { connect } from "./connection.ts";
import { redirectConsole } from "./console.ts";
import { show } from "./format.ts";
import { createOutput } from "./output.ts";
import { readServeArguments } from "./serve.ts";
import { Worker } from "./worker.ts";

export interface Limits {
  /** How long calls wait for `onStart`, in milliseconds. After that they are served anyway. */
  readonly startLimitMs: number;
  /** How long `onShutdown` may take once the supervisor is gone, in milliseconds. */
  readonly orphanLimitMs: number;
}

/** Connects to the supervisor and installs `serve`, `log` and `emit`. Never throws and never rejects. */
export async function install(limits: Limits): Promise<void> {
  const native = { info: console.log.bind(console), error: console.error.bind(console) };
  const connection = await connect(process.env["TMPDIR"]);
  const { log, emit } = createOutput(connection, native);
  const worker = new Worker(connection, log, emit, limits);

  connection.onMessage = (message) => worker.receive(message);
  connection.onLost = () => worker.orphaned();
  connection.onFault = (error) => native.error(`rootcx: the connection to the supervisor failed: ${show(error)}`);
  if (connection.failure) native.error(`rootcx: no connection to the supervisor: ${connection.failure}`);

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

  redirectConsole(log);
  Object.assign(globalThis, { serve, log, emit });
  // Lines written just before process.exit() or a crash are often the ones that explain it.
  process.on("exit", () => connection.flushBeforeExit());
}
