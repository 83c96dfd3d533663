import type { Connection } from "./connection.ts";
import { errorMessage } from "./errors.ts";
import { stringifyFinite } from "./finite.ts";
import type { OperationMessage, OperationResultMessage } from "./messages.ts";

/** Of PostgreSQL's arrays. The platform refuses arrays of more. */
const maxDimensions = 6;

interface Pending {
  readonly resolve: (result: any) => void;
  readonly reject: (error: Error) => void;
  readonly timer: object;
}

/**
 * What the app asks the platform to do with its data, on its way to the answer. The id of the call that it is done for
 * goes along, so that the platform can look up on whose behalf that is: it is not ours to say.
 */
export class Operations {
  readonly #connection: Connection;
  readonly #limitMs: number;
  readonly #pending = new Map<string, Pending>();
  #lastId = 0;

  /** @param limitMs how long an answer may take */
  constructor(connection: Connection, limitMs: number) {
    this.#connection = connection;
    this.#limitMs = limitMs;
  }

  /** @param call the id of the call or job that it is used for */
  collection(entity: string, call: string | undefined): Collection<any> {
    const run = (op: "insert" | "find" | "find_one" | "update" | "delete", data: unknown): Promise<any> =>
      this.#run({ type: "collection_op", call, op, entity: String(entity), data });
    return {
      insert: (data) => run("insert", data),
      find: (where) => run("find", where ?? {}),
      findOne: (where) => run("find_one", where ?? {}),
      update: (data) => run("update", data),
      delete: (id) => run("delete", { id }),
    };
  }

  /** @param call the id of the call or job that it is run for */
  async sql(text: unknown, params: unknown, call: string | undefined): Promise<SqlResult> {
    if (typeof text !== "string") throw new TypeError(`sql() takes the text of a statement, not a value of type ${typeof text}`);
    const values = params ?? [];
    if (!Array.isArray(values)) throw new TypeError("sql() takes the parameters as an array");
    return this.#run({ type: "sql_query", call, text, params: values.map((value) => asJson(value)) });
  }

  /** An answer came. One that nobody waits for any more is passed over. */
  settle({ id, error, result }: OperationResultMessage): void {
    const pending = this.#take(id);
    if (error === undefined || error === null) pending?.resolve(result);
    else pending?.reject(new Error(error));
  }

  /** No answer will come any more. */
  stop(): void {
    for (const id of [...this.#pending.keys()]) this.#take(id)?.reject(new Error("the connection to the platform is lost"));
  }

  /** Rejects, and never throws: what can't be sent is an answer too. */
  async #run(message: OperationMessage): Promise<any> {
    const id = `${++this.#lastId}`;
    let line: string;
    try {
      line = stringifyFinite({ ...message, id });
    } catch (error) {
      throw new Error(`the values cannot be sent as JSON: ${errorMessage(error)}`, { cause: error });
    }
    const complaint = this.#connection.complaintAbout(line);
    if (complaint !== null) throw new Error(`the message ${complaint}`);

    const { promise, resolve, reject } = Promise.withResolvers<any>();
    const expire = (): void => this.#take(id)?.reject(new Error(`no answer from the platform within ${this.#limitMs / 1000} s`));
    this.#pending.set(id, { resolve, reject, timer: setTimeout(expire, this.#limitMs) });
    if (!this.#connection.sendLine(line)) this.stop();
    return promise;
  }

  #take(id: string): Pending | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    return pending;
  }
}

/** What PostgreSQL knows and JSON has no form for, as the text that PostgreSQL reads; within arrays too, as deep as PostgreSQL has them. */
function asJson(value: unknown, depth = 0): unknown {
  if (typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value))) return String(value);
  if (value instanceof Uint8Array) return `\\x${value.toHex()}`;
  return Array.isArray(value) && depth < maxDimensions ? value.map((element) => asJson(element, depth + 1)) : value;
}
