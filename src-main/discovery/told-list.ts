import { Signal, type Observable } from '../events/index.ts';
import type { DescribeContext } from './describe.ts';
import { FoundDevices } from './found-list.ts';
import {
  SOURCES,
  type FoundChange,
  type FoundDevice,
  type FoundList,
  type SearchState,
  type SourceName,
  type SourceState,
} from './model.ts';

/** Milliseconds between changes told to pages: fast enough to look live, slow enough for a /16. */
const TELL_EVERY_MS = 50;

const NO_SEARCH: SearchState = {
  phase: 'never',
  networks: [],
  asked: 0,
  total: 0,
  startedAt: null,
  endedAt: null,
  warnings: [],
};

/** What was found, how the sources do and how the search goes, told to pages as numbered changes. */
export class ToldList {
  readonly found = new FoundDevices();
  readonly #context: () => DescribeContext;
  readonly #changes = new Signal<FoundChange>();
  readonly #sources = new Map<SourceName, SourceState>();
  #search = NO_SEARCH;
  #list: FoundList;
  #teller: NodeJS.Timeout | undefined;
  #toldAt = 0;

  /** `context` is asked for each time anew: this computer's addresses change. */
  constructor(context: () => DescribeContext) {
    this.#context = context;
    for (const source of SOURCES) this.setSource(source, 'idle');
    this.#list = { number: 0, devices: [], sources: [...this.#sources.values()], search: NO_SEARCH };
  }

  /** Each follows the list or change before it. */
  get changes(): Observable<FoundChange> {
    return this.#changes;
  }

  /** As it was told last. */
  get current(): FoundList {
    return this.#list;
  }

  get search(): SearchState {
    return this.#search;
  }

  /** Says how the search goes; it is told with the next change. */
  setSearch(now: Partial<SearchState>): void {
    this.#search = { ...this.#search, ...now };
  }

  /** Says how a source does; it is told with the next change. */
  setSource(source: SourceName, state: SourceState['state'], reason = ''): void {
    this.#sources.set(source, { source, state, reason });
  }

  /** At once after a quiet time: what is found first should be on screen first. */
  tellSoon(): void {
    const wait = Math.max(0, this.#toldAt + TELL_EVERY_MS - performance.now());
    this.#teller ??= setTimeout(() => this.tellNow(), wait);
    this.#teller.unref();
  }

  tellNow(): void {
    this.cancel();
    this.#toldAt = performance.now();
    const devices = this.found.list(this.#context());
    const now = { devices, sources: [...this.#sources.values()], search: this.#search };
    const change = changeBetween(this.#list, now);
    if (change === null) return;
    this.#list = { number: change.number, ...now };
    this.#changes.emit(change);
  }

  /** What was to be told soon is not. */
  cancel(): void {
    clearTimeout(this.#teller);
    this.#teller = undefined;
  }
}

/** What is different from the list before; null when nothing is. */
function changeBetween(before: FoundList, now: Omit<FoundList, 'number'>): FoundChange | null {
  const known = new Map(before.devices.map((device) => [device.id, JSON.stringify(device)]));
  const changed = now.devices.filter((device: FoundDevice) => known.get(device.id) !== JSON.stringify(device));
  const order = now.devices.map(({ id }) => id);
  const removed = [...known.keys()].filter((id) => !order.includes(id));
  const same =
    changed.length === 0 &&
    removed.length === 0 &&
    JSON.stringify([before.sources, before.search, before.devices.map(({ id }) => id)]) ===
      JSON.stringify([now.sources, now.search, order]);
  return same ? null : { number: before.number + 1, changed, removed, order, sources: now.sources, search: now.search };
}
