// Loaded by `bun --preload` ahead of the app's entry. Awaiting the connection here means that user code
// never runs before the supervisor can hear it.
import { install } from "./install.ts";

await install({
  startLimitMs: 30_000, orphanLimitMs: 2_000, tokenLimitMs: 5_000, operationLimitMs: 30_000, exitFlushLimitMs: 1_000,
});
