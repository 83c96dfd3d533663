const types: ReadonlySet<unknown> = new Set([
  "discover", "rpc_response", "job_result", "job_progress", "log", "event", "collection_op", "sql_query",
]);

/** Whether a text is a message of a worker that does without `serve` and answers the supervisor on stdout. */
export function isProtocolLine(text: string): boolean {
  const line = text.trim();
  if (!line.startsWith("{") || !line.endsWith("}") || line.includes("\n")) return false;
  try {
    return types.has((JSON.parse(line) as { type?: unknown }).type);
  } catch {
    return false;
  }
}
