/**
 * Cuts one direction's bytes into lines at LF, CR or CRLF. Keeps its state between chunks, so that a CRLF cut between
 * two reads ends one line and not two.
 */
export class LineSplitter {
  #pieces: Uint8Array[] = [];
  #afterCarriageReturn = false;

  /** The lines that `chunk` finishes, without their endings. */
  push(chunk: Uint8Array): Uint8Array[] {
    const lines: Uint8Array[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      const secondHalf = byte === 0x0a && this.#afterCarriageReturn;
      this.#afterCarriageReturn = byte === 0x0d;
      if (secondHalf) start = at + 1;
      if (secondHalf || (byte !== 0x0a && byte !== 0x0d)) continue;
      lines.push(this.#take(chunk.subarray(start, at)));
      start = at + 1;
    }
    if (start < chunk.length) this.#pieces.push(chunk.slice(start));
    return lines;
  }

  /** The line that has begun and not ended; empty when there is none. */
  end(): Uint8Array {
    this.#afterCarriageReturn = false;
    return this.#take(new Uint8Array(0));
  }

  #take(last: Uint8Array): Uint8Array {
    const pieces = [...this.#pieces, last];
    this.#pieces = [];
    const line = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      line.set(piece, at);
      at += piece.length;
    }
    return line;
  }
}
