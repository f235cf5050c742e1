import { AppError } from '../../errors/index.ts';
import { LineSplitter } from '../display/index.ts';
import type { PeerResponder, Responder, ResponderPeer } from '../session/channel.ts';
import type { ResponderOptions } from '../session/session-options.ts';
import { CompiledRule, type RuleHit } from './rule.ts';

type RulesOptions = Extract<ResponderOptions, { kind: 'rules' }>;

/** Bytes kept of a stream in which nothing has matched yet. */
const MOST_KEPT_BYTES = 64 * 1024;

/**
 * Answers by rules, the first that matches. Rules count over all peers. Raises `BAD_RULE`; `onProblem` is told when a
 * rule fails while it runs.
 */
export function rulesResponder(options: RulesOptions, onProblem: (problem: AppError) => void): Responder {
  const rules = options.rules.map((rule) => new CompiledRule(rule));
  const first = (bytes: Uint8Array): RuleHit | null => {
    try {
      for (const rule of rules) {
        const hit = rule.answer(bytes);
        if (hit) return hit;
      }
    } catch (thrown) {
      onProblem(AppError.from(thrown));
    }
    return null;
  };
  return {
    attach: (peer) => new RulesPeer(peer, options.unit, first),
    dispose: () => undefined,
  };
}

class RulesPeer implements PeerResponder {
  readonly #replies: OrderedReplies;
  readonly #unit: RulesOptions['unit'];
  readonly #first: (bytes: Uint8Array) => RuleHit | null;
  readonly #lines = new LineSplitter();
  #kept = new Uint8Array(0);

  constructor(peer: ResponderPeer, unit: RulesOptions['unit'], first: (bytes: Uint8Array) => RuleHit | null) {
    this.#replies = new OrderedReplies(peer);
    this.#unit = unit;
    this.#first = first;
  }

  received(chunk: Uint8Array): void {
    if (this.#unit === 'chunk') this.#answer(chunk);
    else if (this.#unit === 'line') for (const line of this.#lines.push(chunk)) this.#answer(line);
    else this.#answerStream(chunk);
  }

  ended(): void {
    const rest = this.#unit === 'line' ? this.#lines.end() : new Uint8Array(0);
    if (rest.length > 0) this.#answer(rest);
    this.#replies.endSending();
  }

  dispose(): void {
    this.#replies.dispose();
  }

  #answer(bytes: Uint8Array): RuleHit | null {
    const hit = this.#first(bytes);
    if (hit) this.#replies.send(hit.reply, hit.delayMs);
    return hit;
  }

  #answerStream(chunk: Uint8Array): void {
    const joined = new Uint8Array(this.#kept.length + chunk.length);
    joined.set(this.#kept);
    joined.set(chunk, this.#kept.length);
    let rest = joined;
    while (rest.length > 0) {
      const hit = this.#answer(rest);
      if (!hit || hit.end === 0) break;
      rest = rest.subarray(hit.end);
    }
    this.#kept = rest.slice(Math.max(0, rest.length - MOST_KEPT_BYTES));
  }
}

/** Replies in the order their questions came, each after its own delay. */
class OrderedReplies {
  readonly #peer: ResponderPeer;
  readonly #waiting: { readonly act: () => void; readonly delayMs: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #delaying = false;

  constructor(peer: ResponderPeer) {
    this.#peer = peer;
  }

  send(bytes: Uint8Array, delayMs: number): void {
    this.#add(() => this.#peer.send(bytes), delayMs);
  }

  endSending(): void {
    this.#add(() => this.#peer.endSending(), 0);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
  }

  #add(act: () => void, delayMs: number): void {
    this.#waiting.push({ act, delayMs });
    if (!this.#delaying) this.#run();
  }

  #run(): void {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const { act, delayMs } = next;
      if (delayMs > 0) {
        this.#delay(act, delayMs);
        return;
      }
      act();
    }
  }

  #delay(act: () => void, delayMs: number): void {
    this.#delaying = true;
    this.#timer = setTimeout(() => {
      this.#delaying = false;
      act();
      this.#run();
    }, delayMs);
  }
}
