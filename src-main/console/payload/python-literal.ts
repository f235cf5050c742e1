import { ByteSink } from './byte-sink.ts';
import { PayloadSyntaxError } from './payload.ts';

/** Bytes a literal may stand for, so that `b'A' * 9999999999` is refused and not built. */
export const PYTHON_LITERAL_LIMIT = 16 * 1024 * 1024;

const DEEPEST_NESTING = 100;

const SIMPLE: Readonly<Record<string, number>> = {
  '\\': 0x5c,
  "'": 0x27,
  '"': 0x22,
  a: 0x07,
  b: 0x08,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
  v: 0x0b,
};

export interface PythonBytes {
  readonly bytes: Uint8Array;
  readonly notes: readonly string[];
}

/**
 * Reads a Python bytes expression: literals with any prefix (`b`, `rb`, `BR`, ...), any quotes, adjacent literals, `+`,
 * `* 3`, parentheses, comments and line continuation, with Python's own results (Python reference, 2.4.1). Raises
 * `PayloadSyntaxError`.
 */
export function parsePythonBytes(text: string): PythonBytes {
  return new PythonReader(text).read();
}

class PythonReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  readonly #notes = new Set<string>();

  constructor(text: string) {
    this.#text = text;
  }

  read(): PythonBytes {
    const nul = this.#text.indexOf('\0');
    if (nul !== -1) throw new PayloadSyntaxError(nul, 'Python source cannot hold a NUL character. Write \\x00.');
    this.#skipBlankLines();
    const bytes = this.#sum();
    this.#skipBlankLines();
    if (this.#at < this.#text.length) this.#refuseRest();
    return { bytes, notes: [...this.#notes] };
  }

  #sum(): Uint8Array {
    const sink = new ByteSink();
    this.#append(sink, this.#product());
    while (this.#peekAfterSpace() === '+') {
      this.#at += 1;
      this.#skipSpace();
      this.#append(sink, this.#product());
    }
    return sink.take();
  }

  #product(): Uint8Array {
    let bytes = this.#operand();
    while (this.#peekAfterSpace() === '*') {
      this.#at += 1;
      this.#skipSpace();
      bytes = this.#repeat(bytes, this.#wholeNumber());
    }
    return bytes;
  }

  #repeat(bytes: Uint8Array, times: number): Uint8Array {
    if (bytes.length * times > PYTHON_LITERAL_LIMIT) throw this.#tooLarge();
    const repeated = new Uint8Array(bytes.length * times);
    for (let i = 0; i < times; i += 1) repeated.set(bytes, i * bytes.length);
    return repeated;
  }

  #wholeNumber(): number {
    const found = /^(?:0(?:_?0)*|[1-9](?:_?\d)*)(?![\w.])/.exec(this.#text.slice(this.#at, this.#at + 40));
    if (!found) throw new PayloadSyntaxError(this.#at, 'After * stands how many times, such as 3.');
    this.#at += found[0].length;
    return Number(found[0].replaceAll('_', ''));
  }

  #operand(): Uint8Array {
    if (this.#text[this.#at] === '(') return this.#parenthesized();
    const sink = new ByteSink();
    this.#literal(sink);
    while (/[bBrR'"]/.test(this.#peekAfterSpace())) this.#literal(sink);
    return sink.take();
  }

  #parenthesized(): Uint8Array {
    const opened = this.#at;
    if (this.#depth >= DEEPEST_NESTING) throw new PayloadSyntaxError(opened, 'There are too many nested parentheses.');
    this.#at += 1;
    this.#depth += 1;
    this.#skipSpace();
    const bytes = this.#sum();
    const close = this.#peekAfterSpace();
    if (close === '') throw new PayloadSyntaxError(opened, 'This parenthesis is never closed.');
    if (close === ',') throw new PayloadSyntaxError(this.#at, 'A comma makes a tuple, which cannot be sent.');
    if (close !== ')') this.#refuseRest();
    this.#at += 1;
    this.#depth -= 1;
    return bytes;
  }

  /** Reads one literal, prefix and quotes included, into `sink`. */
  #literal(sink: ByteSink): void {
    const opening = /^(b|br|rb)?('''|"""|'|")/i.exec(this.#text.slice(this.#at, this.#at + 5));
    const quotes = opening?.[2];
    if (!opening || quotes === undefined) throw this.#noLiteral();
    const prefix = (opening[1] ?? '').toLowerCase();
    if (!prefix.includes('b')) {
      throw new PayloadSyntaxError(this.#at, 'This is text, and a socket sends bytes: put b before the quote.');
    }
    const start = this.#at;
    this.#at += opening[0].length;
    while (!this.#text.startsWith(quotes, this.#at)) this.#item(start, quotes, prefix.includes('r'), sink);
    this.#at += quotes.length;
  }

  /** Reads one character or escape inside a literal that began at `start`. */
  #item(start: number, quotes: string, raw: boolean, sink: ByteSink): void {
    const character = this.#text[this.#at];
    if (character === undefined) {
      throw new PayloadSyntaxError(start, `This literal is never closed: its ${quotes} is missing.`);
    }
    const newline = this.#newlineLength(this.#at);
    if (newline > 0) {
      if (quotes.length === 1) {
        throw new PayloadSyntaxError(this.#at, `The line ends inside the literal that began with ${quotes}.`);
      }
      this.#at += newline;
      sink.push(0x0a);
    } else if (character === '\\' && raw) {
      this.#rawBackslash(start, quotes, sink);
    } else if (character === '\\') {
      this.#escape(start, quotes, sink);
    } else {
      sink.push(this.#ascii(this.#at));
      this.#at += 1;
    }
    if (sink.length > PYTHON_LITERAL_LIMIT) throw this.#tooLarge();
  }

  #rawBackslash(start: number, quotes: string, sink: ByteSink): void {
    sink.push(0x5c);
    this.#at += 1;
    const newline = this.#newlineLength(this.#at);
    if (newline > 0) {
      sink.push(0x0a);
      this.#at += newline;
    } else if (this.#at < this.#text.length) {
      sink.push(this.#ascii(this.#at));
      this.#at += 1;
    } else {
      throw new PayloadSyntaxError(start, `This literal is never closed: its ${quotes} is missing.`);
    }
  }

  #escape(start: number, quotes: string, sink: ByteSink): void {
    const letter = this.#text[this.#at + 1];
    if (letter === undefined) {
      throw new PayloadSyntaxError(start, `This literal is never closed: its ${quotes} is missing.`);
    }
    const newline = this.#newlineLength(this.#at + 1);
    const simple = SIMPLE[letter];
    if (newline > 0) {
      this.#at += 1 + newline;
    } else if (simple !== undefined) {
      sink.push(simple);
      this.#at += 2;
    } else if (letter === 'x') {
      this.#hexEscape(sink);
    } else if (/[0-7]/.test(letter)) {
      this.#octalEscape(sink);
    } else {
      this.#unknownEscape(letter, sink);
    }
  }

  #hexEscape(sink: ByteSink): void {
    const digits = this.#text.slice(this.#at + 2, this.#at + 4);
    if (!/^[0-9a-fA-F]{2}$/.test(digits)) {
      throw new PayloadSyntaxError(this.#at, '\\x needs two hexadecimal digits, such as \\x0a.');
    }
    sink.push(Number.parseInt(digits, 16));
    this.#at += 4;
  }

  #octalEscape(sink: ByteSink): void {
    const digits = /^[0-7]{1,3}/.exec(this.#text.slice(this.#at + 1, this.#at + 4))?.[0] ?? '';
    const value = Number.parseInt(digits, 8);
    if (value > 0xff) this.#notes.add(`\\${digits} is more than a byte holds; Python keeps its low eight bits.`);
    sink.push(value & 0xff);
    this.#at += 1 + digits.length;
  }

  #unknownEscape(letter: string, sink: ByteSink): void {
    const byte = this.#ascii(this.#at + 1);
    this.#notes.add(`\\${letter} is no escape in bytes; Python keeps it as the two characters.`);
    sink.push(0x5c);
    sink.push(byte);
    this.#at += 2;
  }

  #ascii(at: number): number {
    const point = this.#text.codePointAt(at) ?? 0;
    if (point < 0x80) return point;
    const character = String.fromCodePoint(point);
    throw new PayloadSyntaxError(
      at,
      `Bytes hold only ASCII characters as they are; ${character} has to be written with \\x escapes.`,
    );
  }

  /** Skips white space and continuation, and inside parentheses newlines and comments as well. */
  #skipSpace(): void {
    for (;;) {
      const character = this.#text[this.#at] ?? '';
      const newline = this.#newlineLength(this.#at);
      if (character === ' ' || character === '\t' || character === '\f') this.#at += 1;
      else if (newline > 0 && this.#depth > 0) this.#at += newline;
      else if (character === '\\' && this.#newlineLength(this.#at + 1) > 0) this.#continueLine();
      else if (character === '#' && this.#depth > 0) this.#skipComment();
      else return;
    }
  }

  #continueLine(): void {
    const backslash = this.#at;
    this.#at += 1 + this.#newlineLength(this.#at + 1);
    if (this.#at >= this.#text.length)
      throw new PayloadSyntaxError(backslash, 'Nothing follows this line continuation.');
  }

  #skipComment(): void {
    while (this.#at < this.#text.length && this.#newlineLength(this.#at) === 0) this.#at += 1;
  }

  /** White space, empty lines and comments before and after the expression. */
  #skipBlankLines(): void {
    for (;;) {
      this.#skipSpace();
      const newline = this.#newlineLength(this.#at);
      if (newline > 0) this.#at += newline;
      else if (this.#text[this.#at] === '#') this.#skipComment();
      else return;
    }
  }

  #peekAfterSpace(): string {
    this.#skipSpace();
    return this.#text[this.#at] ?? '';
  }

  #newlineLength(at: number): number {
    const character = this.#text[at];
    if (character === '\n') return 1;
    if (character !== '\r') return 0;
    return this.#text[at + 1] === '\n' ? 2 : 1;
  }

  #append(sink: ByteSink, bytes: Uint8Array): void {
    if (sink.length + bytes.length > PYTHON_LITERAL_LIMIT) throw this.#tooLarge();
    sink.append(bytes);
  }

  #tooLarge(): PayloadSyntaxError {
    return new PayloadSyntaxError(this.#at, 'This stands for more than 16 MiB. Send a file instead.');
  }

  #noLiteral(): PayloadSyntaxError {
    const rest = this.#text.slice(this.#at, this.#at + 5);
    if (rest === '') return new PayloadSyntaxError(this.#at, "Python expects a bytes literal here, such as b'ON'.");
    if (/^(?:f|u|fr|rf|r)['"]/i.test(rest)) {
      return new PayloadSyntaxError(this.#at, 'This is text, and a socket sends bytes: the prefix has to be b or rb.');
    }
    return new PayloadSyntaxError(this.#at, "A bytes literal starts with b and a quote, such as b'ON'.");
  }

  #refuseRest(): never {
    if (/^(?:b|br|rb|r)?['"]/i.test(this.#text.slice(this.#at, this.#at + 3))) {
      throw new PayloadSyntaxError(
        this.#at,
        'A new line starts a new statement in Python: put parentheses around the literals, or \\ at the end of the line.',
      );
    }
    const character = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    throw new PayloadSyntaxError(this.#at, `“${character}” cannot follow a bytes literal.`);
  }
}
