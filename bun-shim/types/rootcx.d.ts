// The globals of a RootCX worker. They are there before the entry file runs; nothing is imported.

/** The user on whose behalf a call or job runs. */
interface Caller {
  /** The user's id, a UUID. */
  readonly userId: string;
  readonly email: string;
  /**
   * A bearer token for the platform's HTTP API. For RPC calls it is the one the user presented; for jobs
   * a fresh one. Nothing renews it while the handler runs.
   */
  readonly authToken: string;
}

/** What a worker is told about itself. Every key is always there. */
interface WorkerConfig {
  readonly appId: string;
  /** Base URL of the platform's HTTP API, the same as `process.env.ROOTCX_RUNTIME_URL`. */
  readonly runtimeUrl: string;
  /** PostgreSQL connection string of the app's own role. It holds a password. */
  readonly databaseUrl: string;
  /** The app's secrets by name; `{}` when there are none. A changed secret restarts the worker. */
  readonly credentials: Readonly<Record<string, string>>;
}

/** The configuration together with the helpers that are also globals, and the app's data. Frozen. */
interface WorkerContext extends WorkerConfig {
  readonly log: WorkerLog;
  readonly emit: EmitEvent;
  /**
   * The rows of an entity that the app's manifest declares. The app has all rights on them, whoever calls; the
   * caller of the handler, or the owner of the job, is on record for what it changes. Once the call has ended, and in
   * `onStart`, nobody is. Of a worker's operations 256 may be in flight, `sql` included, and 8 of them run at a time.
   */
  readonly collection: <Row extends object = Record<string, any>>(entity: string) => Collection<Row>;
  /**
   * Runs one statement in a transaction of its own, as the app's own role in its own schema: what `databaseUrl` may,
   * without a connection. It begins with `select`, `insert`, `update`, `delete`, `merge`, `with`, `values`, `table` or
   * `explain`; tables are made by the manifest or through `databaseUrl`. A statement may take 8 seconds and return
   * 1000 rows; more is an error, and then nothing has happened. What `explain analyze` runs is undone. 4 statements of an app run at a time, and a worker may
   * begin 100 in a second. What it changes is on record as done by the app.
   *
   * Parameters stand for `$1`, `$2` and so on, and are of the type that PostgreSQL finds for them, as literals in quotes are:
   * objects are JSON, arrays are arrays of PostgreSQL (`where id = any($1)`), a `Date` is its ISO text, a `Uint8Array`
   * is `bytea`, a `bigint` keeps all of its digits, `NaN` and the infinities stay what they are; in arrays too. For an array in a `json` column pass `JSON.stringify(array)`.
   *
   * Values are what `to_jsonb` makes of them: numbers for `bigint` and `numeric` too (cast those beyond 2^53 to text),
   * the texts `"NaN"` and `"Infinity"`, ISO texts for dates and times, hex texts for `bytea`, arrays for arrays. A type
   * that the app made itself comes as PostgreSQL's text.
   *
   * Rejects with PostgreSQL's message, or the platform's; after 30 seconds in any case.
   */
  readonly sql: (text: string, params?: readonly unknown[] | null) => Promise<SqlResult>;
}

/**
 * Rows of one entity. Everything rejects with an `Error` that says what was wrong, and does so when there is no answer
 * within 30 seconds; a result can be as long as a message, 16 MiB unless the platform is set otherwise. `NaN` and the
 * infinities, which JSON lacks, are errors, and so is data of more than 512 levels.
 */
interface Collection<Row extends object = Record<string, any>> {
  /** Adds a row; resolves to it as it is stored, `id` and timestamps included. */
  insert(data: Partial<Row>): Promise<Row>;
  /** The rows whose fields have these values, all of them, in no order. The operators of the Data API's `where` work too. */
  find(where?: Record<string, any> | null): Promise<Row[]>;
  /** One row that fits, or null. */
  findOne(where?: Record<string, any> | null): Promise<Row | null>;
  /** Changes the fields that are given beside `id`; resolves to the whole row. Rejects when there is none of that id. */
  update(data: Partial<Row> & { id: string | number }): Promise<Row>;
  /** Resolves to whether the row was there. */
  delete(id: string | number): Promise<boolean>;
}

/** What a statement returned. */
interface SqlResult {
  /** The columns' names. */
  readonly columns: string[];
  /** The values of each row, in the order of the columns. */
  readonly rows: any[][];
  /** How many rows it returned; for one that returns none, how many it changed. */
  readonly rowCount: number;
}

/** What `onJob` receives: the worker's context and what belongs to this one job. Frozen; every key is always there. */
interface JobContext extends WorkerContext {
  /** The job's `msg_id`. It stays the same when the job runs again. */
  readonly jobId: string;
  /** Which run of the job this is; 1 is the first. */
  readonly attempt: number;
  /**
   * Aborted when the platform wants the job to end early and when the worker is stopping; `signal.reason` is an
   * `AbortError` that says why. Nothing ends the job but its own code: hand the signal to `fetch`, or look at
   * `signal.aborted` between two steps.
   */
  readonly signal: AbortSignal;
  /**
   * Tells the platform how far the job has come. Never throws; after the job's end it does nothing.
   *
   * @param fraction from 0 to 1; what lies outside counts as the nearer end
   * @param note what the job is at; shown as `log` shows it
   */
  readonly progress: (fraction: number, note?: unknown) => void;
}

/**
 * Answers `POST /api/v1/apps/{appId}/rpc` for one method.
 *
 * The result, or what the promise it returns resolves to, is sent as JSON; `undefined` becomes `null`.
 * Throwing answers HTTP 500 with `{"error": message}`, and so does a result that JSON can't express
 * (a cycle, a BigInt). A caller waits 30 seconds at most. Any number of calls run at the same time.
 *
 * @param params the request's `params`, `{}` when it had none
 * @param caller the signed-in user, or null for calls by the platform and by anonymous visitors
 * @param ctx the configuration, the helpers and the app's data; what it changes there is on record as done by the caller
 */
// `any`: parameters come from the network, and only the app knows their form.
type RpcHandler = (params: any, caller: Caller | null, ctx: WorkerContext) => unknown;

type RpcHandlers = Record<string, RpcHandler>;

interface ServeHooks {
  /**
   * Runs once per process, after connection. Calls and jobs wait for it, 30 seconds at most. When it throws,
   * the error is logged and given to `onError` as `"onStart"`, and the worker goes on.
   */
  onStart?: (config: WorkerContext) => unknown;
  /**
   * Runs a background job or a scheduled one. What it returns completes the job, a throw fails it.
   * A job can run more than once, so it should be idempotent. Without this hook jobs complete unseen.
   *
   * @param caller the user who enqueued the job, or null
   * @param ctx the worker's context, the job's id, a signal that says when to give up, and a way to report progress
   */
  onJob?: (payload: any, caller: Caller | null, ctx: JobContext) => unknown;
  /**
   * Hears of every error a handler or hook threw, after the answer was sent. What it throws itself is logged.
   *
   * @param error what was thrown; wrapped into an Error, with the value as `cause`, when it was none
   * @param method the RPC method's name, `"job"` or `"onStart"`
   */
  onError?: (error: Error, method: string) => unknown;
  /** The process is about to end (redeploy, stop). A promise is awaited as long as the platform's grace period lasts. */
  onShutdown?: () => unknown;
}

/** Methods and hooks in one object. */
interface ServeOptions extends ServeHooks {
  rpc?: RpcHandlers;
}

/**
 * Registers the worker's methods and hooks and keeps the process running. To be called once.
 *
 * With a second argument the first holds methods only, even one named `rpc` or `onJob`.
 *
 * @throws Error `serve() called twice`
 * @throws TypeError when the first argument is no object
 */
declare function serve(handlers: RpcHandlers, hooks: ServeHooks): void;
/** Registers `rpc` and the hooks, all from one object. Functions beside them are not callable. */
declare function serve(options: ServeOptions): void;
/** Registers each function of the object as a method; without an argument, none. */
declare function serve(handlers?: RpcHandlers): void;

interface WorkerLog {
  /** Strings are logged as they are, other values as `util.inspect` shows them, joined by blanks. Never throws. */
  info(...values: unknown[]): void;
  /** Like `info`, at level `warn`. */
  warn(...values: unknown[]): void;
  /** Like `info`, at level `error`. */
  error(...values: unknown[]): void;
}

/** The app's log: the Studio's Real-time Logs panel and `GET /api/v1/apps/{appId}/logs`. `console` ends there too. */
declare const log: WorkerLog;

/** Fires a custom event. Data defaults to `{}`; data that JSON can't express is dropped with a warning in the log. */
type EmitEvent = (name: string, data?: unknown) => void;

declare const emit: EmitEvent;
