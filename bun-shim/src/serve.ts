const hookNames = ["onStart", "onJob", "onError", "onShutdown"] as const;

type Table = Record<string, unknown>;

/** What an app handed to `serve`, whichever way it was written. */
export interface Registration {
  readonly methods: Table;
  readonly hooks: ServeHooks;
  /** Functions that stand next to hooks but outside `rpc`, and so can't be called by anybody. */
  readonly ignored: readonly string[];
}

/**
 * The three ways to call `serve`:
 * an object as second argument holds the hooks, and the first one is methods only;
 * else an `rpc` object or a hook function in the first argument makes it `{ rpc, ...hooks }`;
 * else the first argument is methods only.
 */
export function readServeArguments([first, second]: readonly unknown[]): Registration {
  if (first !== undefined && first !== null && !isObject(first)) {
    throw new TypeError(`serve() takes an object of functions, not a ${typeof first}`);
  }
  const table = first ?? {};
  if (isObject(second)) return { methods: table, hooks: hooksOf(second), ignored: [] };

  const rpc = table["rpc"];
  const hooks = hooksOf(table);
  if (!isObject(rpc) && Object.keys(hooks).length === 0) return { methods: table, hooks: {}, ignored: [] };

  const ignored = methodNames(table).filter((name) => !(hookNames as readonly string[]).includes(name));
  return { methods: isObject(rpc) ? rpc : {}, hooks, ignored };
}

/** The names that can be called: own keys that hold a function. */
export function methodNames(methods: Table): string[] {
  return Object.keys(methods).filter((name) => typeof methods[name] === "function");
}

/** The handler of that name, bound to its table, or null. What the table inherits is not a method. */
export function findMethod(methods: Table, name: string): RpcHandler | null {
  const handler = Object.hasOwn(methods, name) ? methods[name] : null;
  return typeof handler === "function" ? (handler.bind(methods) as RpcHandler) : null;
}

function hooksOf(table: Table): ServeHooks {
  const found = hookNames.filter((name) => typeof table[name] === "function");
  return Object.fromEntries(found.map((name) => [name, (table[name] as RpcHandler).bind(table)]));
}

function isObject(value: unknown): value is Table {
  return typeof value === "object" && value !== null;
}
