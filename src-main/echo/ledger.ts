/** What became of a message. */
export const FATE = { unsent: 0, open: 1, overdue: 2, matched: 3, reordered: 4, corrupted: 5, lost: 6 } as const;

/** What became of every message of a run, in arrays made once. Times are milliseconds since the run's start. */
export class Ledger {
  readonly rounds: number;
  readonly sentAt: Float64Array;
  /** Round trip in milliseconds; NaN for a message without an intact reply. */
  readonly rtt: Float64Array;
  readonly fate: Uint8Array;
  sent = 0;
  matched = 0;
  reordered = 0;
  corrupted = 0;
  lost = 0;
  /** Intact replies that came after the time-out; they are among the matched. */
  late = 0;
  /** Messages on the way that are not overdue: what the window counts. */
  inWindow = 0;
  #oldestOpen = 0;

  constructor(rounds: number) {
    this.rounds = rounds;
    this.sentAt = new Float64Array(rounds);
    this.rtt = new Float64Array(rounds).fill(Number.NaN);
    this.fate = new Uint8Array(rounds);
  }

  /** The oldest message without a verdict; equals `sent` when there is none. */
  get oldestOpen(): number {
    while (this.#oldestOpen < this.sent && !this.isOpen(this.#oldestOpen)) this.#oldestOpen += 1;
    return this.#oldestOpen;
  }

  isOpen(index: number): boolean {
    const fate = this.fate[index];
    return fate === FATE.open || fate === FATE.overdue;
  }

  markSent(now: number): void {
    this.sentAt[this.sent] = now;
    this.fate[this.sent] = FATE.open;
    this.sent += 1;
    this.inWindow += 1;
  }

  settle(index: number, fate: typeof FATE.matched | typeof FATE.reordered | typeof FATE.corrupted, now: number): void {
    if (this.fate[index] === FATE.open) this.inWindow -= 1;
    else this.late += fate === FATE.corrupted ? 0 : 1;
    this.fate[index] = fate;
    if (fate === FATE.corrupted) {
      this.corrupted += 1;
      return;
    }
    this.rtt[index] = now - (this.sentAt[index] as number);
    this.matched += 1;
    if (fate === FATE.reordered) this.reordered += 1;
  }

  /** Lets overdue messages out of the window; true when there was one. */
  expire(olderThan: number): boolean {
    let expired = false;
    for (let index = this.oldestOpen; index < this.sent && (this.sentAt[index] as number) < olderThan; index += 1) {
      if (this.fate[index] !== FATE.open) continue;
      this.fate[index] = FATE.overdue;
      this.inWindow -= 1;
      expired = true;
    }
    return expired;
  }

  /** Gives what is still open its last verdict; `onlyOverdue` spares what had no time to come back. */
  close(onlyOverdue: boolean): void {
    for (let index = this.oldestOpen; index < this.sent; index += 1) {
      const fate = this.fate[index];
      if (fate !== FATE.overdue && !(fate === FATE.open && !onlyOverdue)) continue;
      this.fate[index] = FATE.lost;
      this.lost += 1;
    }
  }
}
