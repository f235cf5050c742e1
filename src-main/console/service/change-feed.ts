import { Signal, type Observable } from '../../events/index.ts';

/** Milliseconds between two notices: at most 30 a second, however fast bytes arrive. */
const SPACING_MS = 33;

/** What changed of one session. Bytes are never in here: a page asks for the rows it shows. */
export interface SessionNotice {
  readonly id: string;
  /** Grows when anything but the counts below changes: then the session is worth asking for. */
  readonly structure: number;
  readonly entries: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

export interface ConsoleChange {
  /** Numbers the notices, from 1. */
  readonly sequence: number;
  readonly changed: readonly SessionNotice[];
  /** Sessions whose tab was closed. */
  readonly removed: readonly string[];
}

/** Gathers changes and tells them together: the first at once, those that follow after a pause. */
export class ChangeFeed {
  readonly #notices = new Signal<ConsoleChange>();
  readonly #describe: (id: string) => SessionNotice | undefined;
  readonly #dirty = new Set<string>();
  readonly #removed = new Set<string>();
  #sequence = 0;
  #timer: NodeJS.Timeout | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(describe: (id: string) => SessionNotice | undefined) {
    this.#describe = describe;
  }

  get notices(): Observable<ConsoleChange> {
    return this.#notices;
  }

  changed(id: string): void {
    this.#dirty.add(id);
    this.#schedule();
  }

  removed(id: string): void {
    this.#dirty.delete(id);
    this.#removed.add(id);
    this.#schedule();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(): void {
    if (this.#timer) return;
    const wait = Math.max(0, this.#toldAt + SPACING_MS - performance.now());
    this.#timer = setTimeout(() => this.#tell(), wait);
  }

  #tell(): void {
    this.#timer = undefined;
    this.#toldAt = performance.now();
    this.#sequence += 1;
    const changed = [...this.#dirty].map((id) => this.#describe(id)).filter((notice) => notice !== undefined);
    const removed = [...this.#removed];
    this.#dirty.clear();
    this.#removed.clear();
    this.#notices.emit({ sequence: this.#sequence, changed, removed });
  }
}
