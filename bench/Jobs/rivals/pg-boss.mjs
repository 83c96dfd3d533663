import { PgBoss } from "pg-boss";
import { measure } from "./measurements.mjs";

// Large batches, fetched again at once while they come back full, by several workers, so that one can fetch while another completes.
const throughput = { batchSize: 2_000, localConcurrency: 3, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };

// A notification wakes every worker, so that a lone job is soonest with a lone worker, which is the default.
const lowLatency = {};

class PgBossQueue {
  #boss;
  #notify;

  constructor({ connectionString, schema, measurement }) {
    this.#notify = measurement === "latency"; // costs the sender, and matters only to a worker that waits
    this.#boss = new PgBoss({ connectionString, schema, useListenNotify: this.#notify });
    this.#boss.on("error", console.error);
    this.table = `${schema}.job`;
    this.unfinished = `select count(*)::int from ${this.table} where name = 'measured' and state <> 'completed'`;
  }

  async open() {
    await this.#boss.start();
    for (const name of ["measured", "idle"]) await this.#boss.createQueue(name, { partition: true, notify: this.#notify }); // a table for each
  }

  add(n) {
    return this.#boss.send("measured", { n });
  }

  addMany(ns, idle) {
    return this.#boss.insert(idle ? "idle" : "measured", ns.map((n) => ({ data: { n } })));
  }

  async work(handle) {
    const begun = performance.now();
    await this.#boss.work("measured", this.#notify ? lowLatency : throughput, async (jobs) => jobs.forEach(handle));
    return begun;
  }

  stop() {
    return this.#boss.offWork("measured", { wait: true });
  }

  close() {
    return this.#boss.stop();
  }
}

await measure((options) => new PgBossQueue(options));
