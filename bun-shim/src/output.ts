import type { Connection } from "./connection.ts";
import { errorMessage } from "./errors.ts";
import { joinArguments, show } from "./format.ts";
import { encodeEvent, type Level } from "./messages.ts";

/** The supervisor shows far less of a message; this only keeps a runaway one off the wire. In UTF-16 units. */
const longestMessage = 65_536;

/** Where lines go when there is no supervisor: the process's own stdout and stderr. */
export interface NativeOutput {
  info(text: string): void;
  error(text: string): void;
}

/** The globals `log` and `emit`. Neither throws, whatever it is given. */
export function createOutput(connection: Connection, native: NativeOutput): { log: WorkerLog; emit: EmitEvent } {
  const write = (level: Level, args: readonly unknown[]): void => {
    const message = shortened(joinArguments(args));
    if (connection.send({ type: "log", level, message })) return;
    if (level === "info") native.info(message);
    else native.error(message);
  };

  const log: WorkerLog = {
    info: (...args) => write("info", args),
    warn: (...args) => write("warn", args),
    error: (...args) => write("error", args),
  };

  const emit: EmitEvent = (name, data) => {
    let line: string;
    try {
      line = encodeEvent(show(name), data);
    } catch (error) {
      log.warn(`emit("${show(name)}"): the data cannot be sent as JSON: ${errorMessage(error)}`);
      return;
    }
    const complaint = connection.complaintAbout(line);
    if (complaint !== null) log.warn(`emit("${show(name)}"): dropped, because the event ${complaint}`);
    else if (!connection.sendLine(line)) native.info(line);
  };

  return { log, emit };
}

/** The text, cut to the length of the longest message. */
export function shortened(message: string): string {
  return message.length <= longestMessage ? message : `${message.slice(0, longestMessage)}…`;
}
