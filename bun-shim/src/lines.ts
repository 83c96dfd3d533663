const newline = 0x0a;
const decoder = new TextDecoder();

/**
 * Cuts a byte stream into lines. Bytes are decoded only once their line is complete, so a chunk may end
 * anywhere, also inside a UTF-8 sequence. A long line costs one copy, however many chunks it came in.
 */
export class LineReader {
  #parts: Uint8Array[] = [];

  /** The lines that this chunk completes, without blank ones. */
  push(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const line = this.#complete(chunk.subarray(start, end));
      if (line.trim() !== "") lines.push(line);
      start = end + 1;
    }
    // The socket may reuse its buffer: what has to outlive this call is copied.
    if (start < chunk.length) this.#parts.push(new Uint8Array(chunk.subarray(start)));
    return lines;
  }

  #complete(last: Uint8Array): string {
    if (this.#parts.length === 0) return decoder.decode(last);
    const parts = [...this.#parts, last];
    this.#parts = [];
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return decoder.decode(whole);
  }
}
