/**
 * Protocol 1 of the LED agent, the part that reads: a byte stream in, commands and faults out. Pure and free of Node, so
 * that the page can use it too. PROTOCOL.md describes it for people.
 */

export const PROTOCOL_VERSION = 1;

/** Bytes of one unfinished command or unknown line; one more closes the connection. */
export const MAX_PENDING_BYTES = 256;
/** Milliseconds after the last byte until an unfinished command is forgotten. */
export const FORGET_AFTER_MS = 2000;
/** Unknown lines in a row until the connection is closed. */
export const MAX_FAULTS_IN_ROW = 50;

/** Words that act when their last byte arrives. */
export const IMMEDIATE_WORDS = [
  'ON',
  'OFF',
  'TOGGLE',
  'STATUS',
  'INFO',
  'PING',
  'WATCH',
  'UNWATCH',
  'WHO',
  'IDENTIFY',
  'HELP',
  'QUIT',
] as const;

/** Words that take a value and act at their line's end. */
export const VALUE_WORDS = ['BLINK', 'PULSE', 'AUTH'] as const;

export type ImmediateWord = (typeof IMMEDIATE_WORDS)[number];
export type ValueWord = (typeof VALUE_WORDS)[number];

export type Command =
  | { readonly kind: 'command'; readonly word: ImmediateWord }
  | { readonly kind: 'command'; readonly word: ValueWord; readonly value: string };

export type FaultCode =
  | 'unknown-command'
  /** A command without its end, forgotten. */
  | 'unfinished'
  /** More than `MAX_PENDING_BYTES` without a line's end. */
  | 'too-long'
  /** An HTTP request or a TLS hello. */
  | 'not-led'
  | 'too-many-errors';

/** Input that is no command. After a `fatal` one nothing more is read. */
export interface Fault {
  readonly kind: 'fault';
  readonly code: FaultCode;
  /** What was seen, printable and short. */
  readonly seen: string;
  readonly fatal: boolean;
}

export type Scanned = Command | Fault;

const LF = 0x0a;
const CR = 0x0d;
const TELNET_IAC = 0xff;

const isLineEnd = (byte: number): boolean => byte === LF || byte === CR;
const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x09;
/** ASCII only: no other alphabet has a word here. */
const upperCase = (byte: number): number => (byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte);
const isSkipped = (byte: number): boolean => isBlank(byte) || isLineEnd(byte) || byte === 0;

const immediate = new Map<string, Command>(
  IMMEDIATE_WORDS.map((word) => [word, Object.freeze({ kind: 'command', word })]),
);
const valued = new Map<string, ValueWord>(VALUE_WORDS.map((word) => [word, word]));

/** Every proper beginning of every word. */
const beginnings = new Set(
  [...IMMEDIATE_WORDS, ...VALUE_WORDS].flatMap((word) =>
    Array.from({ length: word.length - 1 }, (_, index) => word.slice(0, index + 1)),
  ),
);

type Mode = 'start' | 'word' | 'value' | 'unknown' | 'telnet' | 'telnet-option' | 'closed';

/**
 * Finds the commands in a byte stream, however it is cut. A word counts only where a word may start: at the beginning,
 * after a blank, and after another word. Anything else is thrown away up to its line's end and told once.
 */
export class CommandScanner {
  #mode: Mode = 'start';
  readonly #pending = new Uint8Array(MAX_PENDING_BYTES);
  #length = 0;
  #word = '';
  #faultsInRow = 0;

  /** True while a command or an unknown line has begun and not ended. */
  get pending(): boolean {
    return this.#mode === 'word' || this.#mode === 'value' || this.#mode === 'unknown';
  }

  /** True after a fatal fault. */
  get closed(): boolean {
    return this.#mode === 'closed';
  }

  /** Reads the next bytes, or those from one index up to another; never throws. */
  push(bytes: Uint8Array, from = 0, to = bytes.length): Scanned[] {
    const found: Scanned[] = [];
    const end = Math.min(to, bytes.length);
    for (let at = from; at < end && this.#mode !== 'closed'; at += 1) this.#take(bytes[at] ?? 0, found);
    return found;
  }

  /** Ends what was pending, because time ran out or the stream ended. The next byte starts afresh. */
  forget(): Scanned[] {
    const found: Scanned[] = [];
    if (this.#mode === 'unknown') this.#endUnknownLine(found);
    else if (this.pending) this.#fault(found, 'unfinished');
    else if (this.#mode !== 'closed') this.#restart();
    return found;
  }

  #take(byte: number, found: Scanned[]): void {
    switch (this.#mode) {
      case 'start':
        if (byte === TELNET_IAC) this.#mode = 'telnet';
        else if (!isSkipped(byte)) this.#takeOfWord(byte, found);
        return;
      case 'word':
        this.#takeOfWord(byte, found);
        return;
      case 'value':
        this.#takeOfValue(byte, found);
        return;
      case 'unknown':
        if (isLineEnd(byte)) this.#endUnknownLine(found);
        else this.#keepUnknown(byte, found);
        return;
      case 'telnet':
        // RFC 854: IAC WILL, WONT, DO and DONT are followed by an option; other commands stand alone.
        this.#mode = byte >= 0xfb && byte <= 0xfe ? 'telnet-option' : 'start';
        return;
      case 'telnet-option':
        this.#mode = 'start';
        return;
      case 'closed':
    }
  }

  #takeOfWord(byte: number, found: Scanned[]): void {
    if (isLineEnd(byte)) {
      this.#endUnknownLine(found);
      return;
    }
    this.#mode = 'word';
    this.#word += String.fromCharCode(upperCase(byte));
    const command = immediate.get(this.#word);
    if (command !== undefined) {
      this.#command(found, command);
      return;
    }
    if (beginnings.has(this.#word)) this.#keep(byte, found);
    else if (valued.has(this.#word)) {
      this.#keep(byte, found);
      this.#mode = 'value';
    } else this.#keepUnknown(byte, found);
  }

  #takeOfValue(byte: number, found: Scanned[]): void {
    if (isLineEnd(byte)) {
      this.#endValue(found);
      return;
    }
    const first = this.#length === this.#word.length;
    if (first && !isBlank(byte)) this.#keepUnknown(byte, found);
    else this.#keep(byte, found);
  }

  #endValue(found: Scanned[]): void {
    const word = valued.get(this.#word);
    const value = String.fromCharCode(...this.#pending.subarray(this.#word.length, this.#length)).trim();
    if (word !== undefined) this.#command(found, { kind: 'command', word, value });
  }

  #keep(byte: number, found: Scanned[]): void {
    if (this.#length === MAX_PENDING_BYTES) {
      this.#fault(found, 'too-long');
      return;
    }
    this.#pending[this.#length] = byte;
    this.#length += 1;
  }

  #keepUnknown(byte: number, found: Scanned[]): void {
    this.#mode = 'unknown';
    this.#keep(byte, found);
    if (this.#length === 2 && this.#isTlsHello()) this.#fault(found, 'not-led');
  }

  /** A TLS record of type handshake begins 16 03 (RFC 8446, 5.1). */
  #isTlsHello(): boolean {
    return this.#pending[0] === 0x16 && this.#pending[1] === 0x03;
  }

  #endUnknownLine(found: Scanned[]): void {
    const line = String.fromCharCode(...this.#pending.subarray(0, this.#length));
    this.#fault(found, / HTTP\/\d(\.\d)?$/.test(line) ? 'not-led' : 'unknown-command');
  }

  #command(found: Scanned[], command: Command): void {
    this.#faultsInRow = 0;
    this.#restart();
    found.push(command);
  }

  #fault(found: Scanned[], code: FaultCode): void {
    const seen = printable(this.#pending.subarray(0, this.#length));
    const fatal = code === 'too-long' || code === 'not-led';
    found.push({ kind: 'fault', code, seen, fatal });
    this.#restart();
    this.#faultsInRow += 1;
    if (fatal) this.#mode = 'closed';
    else if (this.#faultsInRow >= MAX_FAULTS_IN_ROW) {
      found.push({ kind: 'fault', code: 'too-many-errors', seen: '', fatal: true });
      this.#mode = 'closed';
    }
  }

  #restart(): void {
    this.#mode = 'start';
    this.#length = 0;
    this.#word = '';
  }
}

/** Bytes shown in an answer; more are cut and marked with three dots. */
const SEEN_BYTES = 48;

function printable(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, SEEN_BYTES), (byte) => {
    if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
    if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte);
    return `\\x${byte.toString(16).padStart(2, '0')}`;
  }).join('');
  return bytes.length > SEEN_BYTES ? `${shown}...` : shown;
}

/** Bounds of the times that BLINK and PULSE take, in milliseconds. */
export const TIME_BOUNDS = {
  BLINK: { min: 20, max: 60_000 },
  PULSE: { min: 1, max: 60_000 },
} as const;

/** The time of a BLINK or PULSE in milliseconds, or null when it is no whole number within the bounds. */
export function parseMilliseconds(word: 'BLINK' | 'PULSE', value: string): number | null {
  if (!/^\d{1,6}$/.test(value)) return null;
  const time = Number(value);
  const { min, max } = TIME_BOUNDS[word];
  return time >= min && time <= max ? time : null;
}
