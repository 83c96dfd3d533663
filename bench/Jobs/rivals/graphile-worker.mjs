import { EventEmitter, once } from "node:events";
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import { measure } from "./measurements.mjs";

// Those of its performance page, but with a larger local queue, which its documentation advises for fast tasks. A lone job is no later for it.
const settings = { concurrentJobs: 24, maxPoolSize: 25, localQueue: { size: 5_000 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };

class GraphileWorker {
  #preset;
  #utils;
  #runner;

  constructor({ connectionString, schema }) {
    const logger = new Logger(() => (level, message) => ["error", "warning"].includes(level) && console.error(message));
    this.#preset = { worker: { connectionString, schema, logger, ...settings } };
    this.table = `${schema}._private_jobs`;
    this.unfinished = `
      select count(*)::int from ${this.table} where task_id = (select id from ${schema}._private_tasks where identifier = 'measured')`;
  }

  async open() {
    this.#utils = await makeWorkerUtils({ preset: this.#preset });
    await this.#utils.migrate();
  }

  add(n) {
    return this.#utils.addJob("measured", { n });
  }

  addMany(ns, idle) {
    return this.#utils.addJobs(ns.map((n) => ({ identifier: idle ? "idle" : "measured", payload: { n } })));
  }

  async work(handle) {
    const events = new EventEmitter();
    const fetching = once(events, "worker:getJob:start").then(() => performance.now());
    this.#runner = await run({ preset: this.#preset, events, noHandleSignals: true, taskList: { measured: () => handle() } });
    return fetching;
  }

  stop() {
    return this.#runner.stop();
  }

  close() {
    return this.#utils.release();
  }
}

await measure((options) => new GraphileWorker(options));
