import { pythonLiteral } from '../display/index.ts';
import type { PeerResponder, Responder, ResponderPeer } from '../session/channel.ts';
import { stepBytes, type Exchange, type ExchangeStep, type Role } from './exchange.ts';

/** Milliseconds to wait for bytes that the recording has and the peer does not send. */
const ANSWER_LIMIT_MS = 10_000;
/** The longest pause of a recording that is waited for. */
const LONGEST_PAUSE_MS = 60_000;
/** Bytes of a difference that are shown. */
const SHOWN_BYTES = 24;

export interface ReplayOptions {
  readonly role: Role;
  /** `recorded` keeps the pauses of the recording; `at-once` answers as soon as everything expected has come. */
  readonly pace: 'recorded' | 'at-once';
  readonly answerLimitMs?: number;
}

export interface ReplayStatus {
  readonly role: Role;
  /** Steps done, of all. */
  readonly done: number;
  readonly steps: number;
  /** Replies that were not as recorded. */
  readonly differences: number;
  readonly state: 'waiting' | 'running' | 'finished' | 'stopped';
}

/** Plays one end of an exchange to the first peer that comes; later peers are ended. */
export class Replay implements Responder {
  readonly #exchange: Exchange;
  readonly #options: ReplayOptions;
  readonly #note: (text: string) => void;
  #player: Player | null = null;

  /** `note` gets each difference and the outcome, in words. */
  constructor(exchange: Exchange, options: ReplayOptions, note: (text: string) => void) {
    this.#exchange = exchange;
    this.#options = options;
    this.#note = note;
  }

  get status(): ReplayStatus {
    const { role } = this.#options;
    const steps = this.#exchange.steps.length;
    return this.#player?.status ?? { role, done: 0, steps, differences: 0, state: 'waiting' };
  }

  attach(peer: ResponderPeer): PeerResponder {
    if (this.#player) {
      peer.endSending();
      return { received: () => undefined, ended: () => undefined, dispose: () => undefined };
    }
    this.#player = new Player(peer, this.#exchange.steps, this.#options, this.#note);
    return this.#player;
  }

  dispose(): void {
    this.#player?.dispose();
  }
}

class Player implements PeerResponder {
  readonly #peer: ResponderPeer;
  readonly #steps: readonly ExchangeStep[];
  readonly #options: ReplayOptions;
  readonly #note: (text: string) => void;
  #at = 0;
  #expected: Uint8Array = new Uint8Array(0);
  #matched = 0;
  #differsHere = false;
  #differences = 0;
  #surplus: Uint8Array = new Uint8Array(0);
  #peerEnded = false;
  #state: ReplayStatus['state'] = 'running';
  #timer: NodeJS.Timeout | undefined;

  constructor(
    peer: ResponderPeer,
    steps: readonly ExchangeStep[],
    options: ReplayOptions,
    note: (text: string) => void,
  ) {
    this.#peer = peer;
    this.#steps = steps;
    this.#options = options;
    this.#note = note;
    // The channel is known to the session only after this returns, and sending needs it.
    this.#timer = setTimeout(() => this.#next(), 0);
  }

  get status(): ReplayStatus {
    const { role } = this.#options;
    return { role, done: this.#at, steps: this.#steps.length, differences: this.#differences, state: this.#state };
  }

  received(chunk: Uint8Array): void {
    if (this.#state !== 'running') return;
    this.#surplus = Buffer.concat([this.#surplus, chunk]);
    if (this.#expected.length > 0) this.#compare();
  }

  ended(): void {
    this.#peerEnded = true;
    if (this.#state !== 'running') return;
    const step = this.#steps[this.#at];
    if (step?.kind === 'end' && step.from !== this.#options.role) this.#done();
    else if (this.#expected.length > 0) {
      const missing = this.#expected.length - this.#matched;
      this.#stop(`The other side ended although ${missing} more bytes were recorded at step ${this.#at + 1}.`);
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    if (this.#state === 'running') this.#stop('The replay stopped: the connection was closed.');
  }

  #next(): void {
    const step = this.#steps[this.#at];
    if (!step) {
      this.#finish();
      return;
    }
    if (step.from === this.#options.role) this.#act(step);
    else this.#await(step);
  }

  #act(step: ExchangeStep): void {
    const recorded = this.#options.pace === 'recorded' ? step.gapUs / 1000 : 0;
    this.#timer = setTimeout(
      () => {
        if (step.kind === 'end') this.#peer.endSending();
        else for (const chunk of step.chunks) this.#peer.send(chunk);
        this.#done();
      },
      Math.min(recorded, LONGEST_PAUSE_MS),
    );
  }

  #await(step: ExchangeStep): void {
    if (step.kind === 'end') {
      if (this.#peerEnded) this.#done();
      else this.#limit('The other side did not end, as it did in the recording.');
      return;
    }
    this.#expected = stepBytes(step);
    this.#matched = 0;
    this.#differsHere = false;
    this.#limit('An answer that was recorded did not come in full.');
    this.#compare();
  }

  /** Holds what came against what was recorded, byte for byte. */
  #compare(): void {
    const length = Math.min(this.#surplus.length, this.#expected.length - this.#matched);
    const [got, expected] = [this.#surplus.subarray(0, length), this.#expected.subarray(this.#matched)];
    const at = got.findIndex((byte, i) => byte !== expected[i]);
    if (at !== -1 && !this.#differsHere)
      this.#tellDifference(got.subarray(at), expected.subarray(at), this.#matched + at);
    this.#surplus = this.#surplus.subarray(length);
    this.#matched += length;
    if (this.#matched < this.#expected.length) return;
    this.#expected = new Uint8Array(0);
    this.#done();
  }

  #tellDifference(got: Uint8Array, expected: Uint8Array, offset: number): void {
    this.#differsHere = true;
    this.#differences += 1;
    const [a, b] = [expected, got].map((bytes) => pythonLiteral(bytes.subarray(0, SHOWN_BYTES)));
    this.#note(`Step ${this.#at + 1} differs from byte ${offset} on: recorded ${a}, now ${b}.`);
  }

  #limit(text: string): void {
    const limit = this.#options.answerLimitMs ?? ANSWER_LIMIT_MS;
    this.#timer = setTimeout(() => this.#stop(`${text} Waited ${limit / 1000} s at step ${this.#at + 1}.`), limit);
  }

  #done(): void {
    clearTimeout(this.#timer);
    this.#at += 1;
    this.#next();
  }

  #finish(): void {
    this.#state = 'finished';
    const answers = this.#steps.filter(({ from, kind }) => from !== this.#options.role && kind === 'data').length;
    const same = answers - this.#differences;
    this.#note(`The replay is finished: ${same} of ${answers} answers were as recorded.`);
  }

  #stop(text: string): void {
    clearTimeout(this.#timer);
    this.#state = 'stopped';
    this.#note(text);
  }
}
