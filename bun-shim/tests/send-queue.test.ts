import { expect, test } from "bun:test";
import { SendQueue } from "../src/send-queue.ts";

const text = (writes: Uint8Array[]): string[] => writes.map((bytes) => new TextDecoder().decode(bytes));

test("lines of one tick share a write, and so do answers of calls that end together", async () => {
  const writes: Uint8Array[] = [];
  const queue = new SendQueue((bytes) => writes.push(bytes) && bytes.length);
  for (const line of ["a", "b", "c"]) queue.add(line, () => {});
  expect(writes).toEqual([]);
  await null;
  expect(text(writes)).toEqual(["a\nb\nc\n"]);

  const call = async (line: string) => {
    await null;
    queue.add(line, () => {});
  };
  await Promise.all(["d", "e"].map(call));
  expect(text(writes)).toEqual(["a\nb\nc\n", "d\ne\n"]);
  expect(queue.isEmpty).toBe(true);
});

test("what a write leaves over goes first, and nothing is written until the socket drained", async () => {
  const taken: Uint8Array[] = [];
  let writes = 0;
  let room = 2;
  const queue = new SendQueue((bytes) => {
    writes++;
    const count = Math.min(room, bytes.length);
    room -= count;
    taken.push(bytes.slice(0, count));
    return count;
  });
  queue.add("ä🚄", () => {});
  await null;
  queue.add("next", () => {});
  await null;
  expect([queue.isBlocked, writes]).toEqual([true, 1]);

  for (let step = 0; step < 20 && queue.isBlocked; step++) {
    room = 1;
    queue.flush();
  }
  expect(text([Buffer.concat(taken)])).toEqual(["ä🚄\nnext\n"]);
  expect(queue.isEmpty).toBe(true);
});

test("a socket that is gone takes nothing", async () => {
  const queue = new SendQueue(() => -1);
  queue.add("lost", () => {});
  await null;
  expect([queue.isBlocked, queue.isEmpty]).toEqual([true, false]);
});
