import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";

const batchSize = 1_000;
const longest = 300_000; // milliseconds

/**
 * What is measured, by name. Each begins with a warm-up that is not counted, for connections, prepared statements and the compiler.
 * A rival has
 *  - `open()` and `close()`: its schema with two queues in it, one that is measured and one that nobody works;
 *  - `add(n)` and `addMany(ns, idle)`: enqueue with the library's own call, for one job and for a batch; `idle` means the other queue;
 *  - `work(handle)`: starts the worker, whose handler calls `handle` for each job; resolves to the time when fetching began;
 *  - `stop()`: the library's own graceful stop, after which every job that was handled is completed in the database;
 *  - `table` and `unfinished`: where its jobs are, and SQL that counts those of the measured queue that are not completed.
 */
const measurements = {
  "enqueue-one": async (rival) => {
    await addOneByOne(rival, 200);
    return perSecond(2_000, () => addOneByOne(rival, 2_000));
  },
  "enqueue-batch": async (rival) => {
    await addInBatches(rival, 2_000);
    return perSecond(40_000, () => addInBatches(rival, 40_000));
  },
  drain: async (rival, database) => {
    await drain(rival, database, 20_000);
    return drain(rival, database, 20_000);
  },
  "drain-crowded": async (rival, database) => {
    await drain(rival, database, 20_000);
    await addInBatches(rival, 100_000, true);
    return drain(rival, database, 20_000);
  },
  latency: async (rival) => {
    let entered;
    await rival.work(() => entered(performance.now()));
    await delay(500); // until it listens
    const samples = [];
    for (let n = -20; n < 300; n++) {
      await delay(20); // until the last job is completed and the worker idle
      const entry = new Promise((resolve) => (entered = resolve));
      const begun = performance.now();
      await rival.add(n);
      const latency = (await entry) - begun;
      if (n >= 0) samples.push(latency);
    }

    await rival.stop();
    samples.sort((a, b) => a - b);
    return { p50: percentile(samples, 50), p99: percentile(samples, 99) };
  },
};

/** Runs the measurement that the command line names on a schema of its own, and prints the result as one line of JSON. */
export async function measure(createRival) {
  const [url, name] = process.argv.slice(2);
  const measurement = measurements[name];
  if (measurement === undefined) throw new Error(`Say which Postgres, as a URL, and one of ${Object.keys(measurements).join(", ")}.`);

  setTimeout(() => {
    console.error(`${name} has not ended in ${longest / 1000} seconds.`);
    process.exit(1);
  }, longest).unref();

  const schema = `rival_${randomBytes(6).toString("hex")}`;
  const database = new pg.Client(url);
  await database.connect();
  try {
    const rival = createRival({ connectionString: url, schema, measurement: name });
    await rival.open();
    try {
      console.log(JSON.stringify({ measurement: name, ...(await measurement(rival, database)) }));
    } finally {
      await rival.close();
    }
  } finally {
    await database.query(`drop schema if exists ${schema} cascade`);
    await database.end();
  }
}

async function addOneByOne(rival, count) {
  for (let n = 0; n < count; n++) await rival.add(n);
}

async function addInBatches(rival, count, idle = false) {
  for (let first = 0; first < count; first += batchSize) await rival.addMany(Array.from({ length: batchSize }, (_, n) => first + n), idle);
}

async function drain(rival, database, count) {
  await addInBatches(rival, count);
  await database.query(`analyze ${rival.table}`); // as autovacuum does within a minute
  let handled = 0;
  let last;
  const allHandled = new Promise((resolve) => (last = resolve));
  const begun = await rival.work(() => {
    if (++handled === count) last();
  });
  await allHandled;
  await rival.stop();
  const ended = performance.now();
  const { rows } = await database.query(rival.unfinished);
  if (rows[0].count !== 0 || handled !== count) throw new Error(`${handled} of ${count} jobs were handled and ${rows[0].count} are unfinished.`);
  return { perSecond: (1000 * count) / (ended - begun) };
}

async function perSecond(count, action) {
  const begun = performance.now();
  await action();
  return { perSecond: (1000 * count) / (performance.now() - begun) };
}

const percentile = (sorted, percent) => sorted[Math.ceil((percent / 100) * sorted.length) - 1];
