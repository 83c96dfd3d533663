type Util = typeof import("node:util");

// node:util takes longer to load than all of this package, and most log lines are plain strings.
let loaded: Util | undefined;
const util = (): Util => (loaded ??= process.getBuiltinModule("node:util"));

/** A value as text: strings as they are, the rest as `util.inspect` shows it. Never throws. */
export function show(value: unknown, options: object = {}): string {
  if (typeof value === "string") return value;
  try {
    return util().inspect(value, options);
  } catch {
    return showHostile(value);
  }
}

/** Arguments of `log.*`: joined by a blank, no placeholders. Never throws. */
export function joinArguments(args: readonly unknown[]): string {
  return args.length === 1 ? show(args[0]) : args.map((arg) => show(arg)).join(" ");
}

/** Arguments of `console.*`: `%s %d %i %f %j %o %O %c %%` in a leading string count, as in `util.format`. Never throws. */
export function formatArguments(args: readonly unknown[]): string {
  if (args.length === 1 && typeof args[0] === "string") return args[0];
  try {
    return util().format(...args);
  } catch {
    return joinArguments(args);
  }
}

// Objects whose own inspection code throws: show them without running it, or at least name their type.
function showHostile(value: unknown): string {
  try {
    return util().inspect(value, { customInspect: false, getters: false });
  } catch {
    return `[${typeof value} that cannot be shown]`;
  }
}
