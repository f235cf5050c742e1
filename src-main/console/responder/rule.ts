import { AppError } from '../../errors/index.ts';
import { parsePayload, type PayloadInput } from '../payload/index.ts';
import type { ResponderRule, RuleMatch } from '../session/session-options.ts';
import { findHexMask, parseHexMask } from './hex-mask.ts';
import { fillReply, type Captures } from './reply-template.ts';
import { SafeRegex } from './safe-regex.ts';

export interface RuleHit {
  readonly reply: Uint8Array;
  readonly delayMs: number;
  /** Offset after the match in what was looked at. */
  readonly end: number;
}

interface Found extends Captures {
  readonly end: number;
}

type Matcher = (bytes: Uint8Array) => Found | null;

/** A rule made ready: patterns parsed once, replies counted. */
export class CompiledRule {
  readonly #match: Matcher;
  readonly #template: Uint8Array;
  readonly #fills: boolean;
  readonly #delayMs: number;
  #left: number;

  /** Raises `BAD_RULE` where the pattern or the reply cannot be used. */
  constructor(rule: ResponderRule) {
    this.#match = matcherOf(rule.match);
    this.#template = payloadBytes(rule.reply, 'reply');
    this.#fills = rule.match.kind === 'regex';
    this.#delayMs = rule.delayMs;
    this.#left = rule.times ?? Number.POSITIVE_INFINITY;
  }

  /** The answer to `bytes`, or null. Counts each answer. */
  answer(bytes: Uint8Array): RuleHit | null {
    if (this.#left <= 0) return null;
    const found = this.#match(bytes);
    if (!found) return null;
    this.#left -= 1;
    const reply = this.#fills ? fillReply(this.#template, found) : this.#template;
    return { reply, delayMs: this.#delayMs, end: found.end };
  }
}

function matcherOf(match: RuleMatch): Matcher {
  switch (match.kind) {
    case 'contains': {
      const wanted = requireSome(payloadBytes(match.payload, 'pattern'));
      return (bytes) =>
        plainMatch(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(wanted), wanted.length);
    }
    case 'prefix': {
      const wanted = requireSome(payloadBytes(match.payload, 'pattern'));
      return (bytes) =>
        plainMatch(Buffer.compare(bytes.subarray(0, wanted.length), wanted) === 0 ? 0 : -1, wanted.length);
    }
    case 'hex-mask': {
      const mask = parseHexMask(match.mask);
      return (bytes) => plainMatch(findHexMask(bytes, mask), mask.length);
    }
    case 'regex': {
      const regex = new SafeRegex(match.pattern, match.ignoreCase);
      return (bytes) => regexMatch(regex.exec(Buffer.from(bytes).toString('latin1')));
    }
  }
}

function plainMatch(at: number, length: number): Found | null {
  return at === -1 ? null : { end: at + length, groups: [], named: {} };
}

function regexMatch(found: RegExpExecArray | null): Found | null {
  if (!found) return null;
  const named = Object.fromEntries(Object.entries(found.groups ?? {}).map(([name, text]) => [name, text ?? '']));
  return { end: found.index + found[0].length, groups: found.map((text) => text ?? ''), named };
}

function payloadBytes(payload: PayloadInput, what: string): Uint8Array {
  const result = parsePayload(payload);
  if (result.ok) return result.bytes;
  throw new AppError('BAD_RULE', `The ${what} of a rule cannot be read: ${result.message}`, {
    details: { offset: result.offset },
  });
}

function requireSome(bytes: Uint8Array): Uint8Array {
  if (bytes.length > 0) return bytes;
  throw new AppError('BAD_RULE', 'A rule needs at least one byte to look for.');
}
