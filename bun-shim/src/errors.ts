import { show } from "./format.ts";

/** The text of whatever was thrown: its message when it has one, else its string form. Never throws. */
export function errorMessage(thrown: unknown): string {
  try {
    const message = (thrown as { message?: unknown } | null | undefined)?.message;
    return message ? String(message) : String(thrown);
  } catch {
    return show(thrown);
  }
}

/** What was thrown, wrapped when it is no Error, so that `onError` can rely on `error.message`. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(errorMessage(thrown), { cause: thrown });
}
