import { setMaxListeners } from 'node:events';
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Device, DeviceStore } from '../devices/index.ts';
import { AppError, isAbort, systemCode } from '../errors/index.ts';
import { Signal, type Observable } from '../events/index.ts';
import { addressRange, isInSubnet } from '../network/index.ts';
import { Confinement } from './confinement.ts';
import { FoundDevices } from './found-list.ts';
import { mdnsAdapters } from './mdns/adapters.ts';
import { MdnsBrowser } from './mdns/browser.ts';
import type {
  FoundChange,
  FoundDevice,
  FoundList,
  SearchNetwork,
  SearchOptions,
  SearchState,
  SourceName,
  SourceState,
} from './model.ts';
import { SOURCES } from './model.ts';
import { adaptersIn, addressesToAsk, ownAddresses, searchNetworks, type ListedInterfaces } from './networks.ts';
import { isFresh, neighbourSightings, readNeighbours, type RunCommand } from './sources/neighbours.ts';
import { SleepWatch } from './sleep-watch.ts';
import { savedSightings, sshConfigSightings } from './sources/written.ts';
import { tcpProber, type Prober } from './sweep/probe.ts';
import { addressesToAskAgain, type KnownSightings } from './sweep/ask-again.ts';
import { sweep, type SweepOptions, type SweepResult } from './sweep/sweep.ts';
import { durationText, searchWarnings, silentMdnsHint } from './sweep/warnings.ts';

/** Milliseconds between changes told to pages: fast enough to look live, slow enough for a /16. */
const TELL_EVERY_MS = 50;
/** Milliseconds between looks at the adapters and the neighbour table. */
const TICK_MS = 5000;
/** Milliseconds for which what happened to this computer is said. */
const SAID_MS = 60_000;
/** Milliseconds after which silence on mDNS is worth a hint. */
const SILENT_MS = 10_000;
/** Milliseconds that a search goes on when nobody watches any more. */
const ABANDONED_MS = 30_000;

export interface DiscoveryOptions {
  /** As given by `--networks`; null leaves the choice to the person. */
  readonly networks: readonly string[] | null;
  readonly homeDir: string;
  readonly devices: Pick<DeviceStore, 'list' | 'changes' | 'add' | 'remember' | 'get'>;
  /** For tests. */
  readonly interfaces?: () => ListedInterfaces;
  readonly prober?: Prober;
  readonly mdnsPort?: number;
  readonly runCommand?: RunCommand;
  readonly platform?: NodeJS.Platform;
  /** Milliseconds between looks at the adapters, the neighbours and the clock. */
  readonly tickMs?: number;
}

/**
 * Finds devices. While somebody watches, it listens to mDNS and reads what this computer knows already; a search asks every
 * address of the networks a person chose. Each source fails alone, and says why.
 */
export class DiscoveryService {
  readonly #options: DiscoveryOptions;
  readonly #confinement: Confinement;
  readonly #platform: NodeJS.Platform;
  readonly #found = new FoundDevices();
  readonly #mdns: MdnsBrowser;
  readonly #changes = new Signal<FoundChange>();
  readonly #sources = new Map<SourceName, SourceState>();
  readonly #unsubscribe: () => void;
  #list: FoundList;
  #watchers = 0;
  #watchedSince = 0;
  readonly #sleep: SleepWatch;
  /** What happened to this computer, and until when it is said. */
  readonly #happened = new Map<string, number>();
  #nearby: ReadonlySet<string> = new Set();
  #ticker: NodeJS.Timeout | undefined;
  #teller: NodeJS.Timeout | undefined;
  #toldAt = 0;
  #abandon: NodeJS.Timeout | undefined;
  #search: SearchState = NO_SEARCH;
  #stopSearch: AbortController | null = null;
  #searching: Promise<void> = Promise.resolve();
  #searchAgain: ((sleptMs: number) => void) | null = null;
  /** The ports of the latest search. */
  #ports: Pick<SearchOptions, 'sshPort' | 'agentPort'> | null = null;
  #askingAgain = false;
  readonly #stopAskingAgain = new AbortController();
  readonly #reversed = new Set<string>();

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    this.#confinement = new Confinement(options.networks);
    this.#platform = options.platform ?? process.platform;
    this.#sleep = new SleepWatch(this.#tickMs);
    this.#mdns = new MdnsBrowser({
      adapters: () => mdnsAdapters(this.#interfaces(), this.#confinement),
      port: options.mdnsPort,
      onChange: () => this.#takeMdns(),
    });
    setMaxListeners(0, this.#stopAskingAgain.signal);
    for (const source of SOURCES) this.#sources.set(source, { source, state: 'idle', reason: '' });
    this.#list = { number: 0, devices: [], sources: [...this.#sources.values()], search: NO_SEARCH };
    this.#takeSaved(options.devices.list());
    this.#unsubscribe = options.devices.changes.subscribe((list) => this.#takeSaved(list));
  }

  /** Numbered changes; each follows the list or change before it. */
  get changes(): Observable<FoundChange> {
    return this.#changes;
  }

  networks(): readonly SearchNetwork[] {
    return searchNetworks(this.#interfaces(), this.#confinement);
  }

  list(): FoundList {
    return this.#list;
  }

  /** Listens until the signal is aborted; any number of pages may watch. */
  watch(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    this.#watchers += 1;
    if (this.#watchers === 1) this.#startWatching();
    return new Promise((resolve) => {
      signal.addEventListener(
        'abort',
        () => {
          this.#watchers -= 1;
          if (this.#watchers === 0) this.#stopWatching();
          resolve();
        },
        { once: true },
      );
    });
  }

  /** Reads what this computer knows already and asks mDNS again. */
  async refresh(): Promise<void> {
    this.#mdns.refresh();
    await Promise.all([this.#readNeighbours(), this.#readSshConfig()]);
  }

  /**
   * Begins a search, in place of one that runs; `changes` tell of it. Raises what `addressesToAsk` raises, before anything
   * is sent.
   */
  start(options: SearchOptions): FoundList {
    if (options.networks.length === 0) {
      throw new AppError('NO_NETWORK', 'Choose at least one network to search.');
    }
    const own = ownAddresses(this.#interfaces());
    const addresses = addressesToAsk(options.networks, {
      confinement: this.#confinement,
      large: options.large,
      own: own.map(({ address }) => address),
    });
    if (options.name !== '') this.#mdns.addName(localName(options.name));
    this.#begin(options, addresses, []);
    return this.#list;
  }

  /** Stops the search at once; what it found stays. */
  stop(): FoundList {
    this.#stopSearch?.abort();
    if (this.#search.phase === 'running') this.#endSearch('stopped', []);
    return this.#list;
  }

  /**
   * Adds a found machine to the list of devices, with the address it answers at and its MAC: they find it again when its
   * name does not resolve (`.local` on many a Windows). Raises `NOT_FOUND_ANY_MORE` and what adding raises.
   */
  async add(id: string, { user, label }: { readonly user: string; readonly label: string }): Promise<Device> {
    const found = this.#list.devices.find((device) => device.id === id);
    const [best] = found?.addresses ?? [];
    if (!found || (!best && found.names.length === 0 && !found.sshConfig)) {
      throw new AppError('NOT_FOUND_ANY_MORE', 'This machine is no longer among those found.', {
        hint: 'Search again, or add it by its name or address.',
      });
    }
    const { devices } = this.#options;
    const host = hostToKeep(found, this.#list.devices);
    const added = await devices.add({ host, port: found.ssh?.port ?? found.sshConfig?.port ?? 22, user, label });
    await devices.remember(added.id, { lastAddress: best?.address ?? null, mac: found.mac });
    return devices.get(added.id);
  }

  /** Settles when the search that runs has ended, however it did. */
  get searchEnded(): Promise<void> {
    const searching = this.#searching;
    return searching.then(() => (searching === this.#searching ? undefined : this.searchEnded));
  }

  async dispose(): Promise<void> {
    this.#unsubscribe();
    this.#stopSearch?.abort();
    this.#stopAskingAgain.abort();
    this.#stopWatching();
    clearTimeout(this.#abandon);
    clearTimeout(this.#teller);
    await this.searchEnded;
  }

  get #tickMs(): number {
    return this.#options.tickMs ?? TICK_MS;
  }

  #interfaces(): ListedInterfaces {
    return (this.#options.interfaces ?? networkInterfaces)();
  }

  #startWatching(): void {
    clearTimeout(this.#abandon);
    this.#watchedSince = Date.now();
    this.#sleep.begin();
    this.#nearby = this.#mdnsAdapterNames();
    for (const { names } of [...this.#found.of('saved'), ...this.#found.of('ssh-config')]) {
      for (const name of names) if (name.endsWith('.local')) this.#mdns.addName(name);
    }
    this.#mdns.start();
    this.#ticker = setInterval(() => this.#tick(), this.#tickMs);
    this.#ticker.unref();
    void this.#readNeighbours();
    void this.#readSshConfig();
    this.#takeMdns();
  }

  #stopWatching(): void {
    clearInterval(this.#ticker);
    this.#mdns.stop();
    this.#setSource('mdns', 'idle', '');
    this.#setSource('neighbours', 'idle', '');
    this.#tellSoon();
    this.#abandon = setTimeout(() => this.stop(), ABANDONED_MS);
    this.#abandon.unref();
  }

  #tick(): void {
    const sleptMs = this.#sleep.look();
    const nearby = this.#mdnsAdapterNames();
    const gone = [...this.#nearby].filter((name) => !nearby.has(name));
    this.#nearby = nearby;
    if (sleptMs > 0) {
      this.#say(`This computer slept for ${durationText(sleptMs)}: everything is asked again.`);
      this.#searchAgain?.(sleptMs);
    } else if (gone.length > 0) {
      const behind = gone.length === 1 ? 'it' : 'them';
      this.#say(`${gone.join(' and ')} went away: what is behind ${behind} is neither heard nor reached.`);
    }
    this.#mdns.renew(sleptMs > 0);
    void this.#readNeighbours();
    this.#takeMdns();
  }

  #mdnsAdapterNames(): ReadonlySet<string> {
    return new Set(mdnsAdapters(this.#interfaces(), this.#confinement).map(({ name }) => name));
  }

  /** Says for a while what happened to this computer. */
  #say(text: string): void {
    this.#happened.set(text, Date.now() + SAID_MS);
  }

  /** What is still to be said. */
  #said(): readonly string[] {
    for (const [text, until] of this.#happened) if (Date.now() > until) this.#happened.delete(text);
    return [...this.#happened.keys()];
  }

  #takeMdns(): void {
    const mdnsBefore = this.#found.of('mdns');
    const sightings = this.#mdns.sightings();
    this.#found.set('mdns', sightings);
    void this.#askAgain({ mdnsBefore, mdns: sightings, sweep: this.#found.of('sweep') });
    const { off, reason } = this.#mdns.trouble;
    const silent = sightings.length === 0 && Date.now() - this.#watchedSince > SILENT_MS;
    const hint = silent ? (silentMdnsHint(this.#platform) ?? '') : '';
    if (this.#watchers > 0)
      this.#setSource(
        'mdns',
        off ? 'off' : reason ? 'partly' : 'working',
        [...this.#said(), reason, hint].filter(Boolean).join(' '),
      );
    this.#tellSoon();
  }

  #takeSaved(list: ReturnType<DeviceStore['list']>): void {
    this.#found.set('saved', savedSightings(list.devices));
    this.#tellSoon();
  }

  async #readSshConfig(): Promise<void> {
    try {
      const text = await readFile(join(this.#options.homeDir, '.ssh', 'config'), 'utf8');
      this.#found.set('ssh-config', sshConfigSightings(text));
      this.#setSource('ssh-config', 'working', '');
    } catch (thrown) {
      const missing = systemCode(thrown) === 'ENOENT';
      this.#setSource('ssh-config', missing ? 'working' : 'off', missing ? '' : '~/.ssh/config cannot be read.');
    }
    this.#tellSoon();
  }

  /** Gives the addresses that are known to be there. */
  async #readNeighbours(): Promise<ReadonlySet<string>> {
    try {
      const table = (await readNeighbours(this.#platform, this.#options.runCommand)).filter(({ address }) =>
        this.#confinement.allows(address),
      );
      this.#found.set('neighbours', neighbourSightings(table, Date.now()));
      if (this.#watchers > 0) this.#setSource('neighbours', 'working', '');
      this.#tellSoon();
      return new Set(table.filter((entry) => isFresh(entry) && entry.mac !== null).map(({ address }) => address));
    } catch (thrown) {
      this.#setSource('neighbours', 'off', AppError.from(thrown).message);
      this.#tellSoon();
      return new Set();
    }
  }

  #begin(options: SearchOptions, addresses: readonly string[], warnings: readonly string[]): void {
    this.#stopSearch?.abort();
    const stop = new AbortController();
    // Each of the 64 probes listens to it.
    setMaxListeners(0, stop.signal);
    this.#stopSearch = stop;
    this.#search = {
      phase: 'running',
      networks: options.networks,
      asked: 0,
      total: addresses.length,
      startedAt: Date.now(),
      endedAt: null,
      warnings,
    };
    this.#ports = { sshPort: options.sshPort, agentPort: options.agentPort };
    this.#searchAgain = (sleptMs) =>
      this.#begin(options, addresses, [
        `This computer slept for ${durationText(sleptMs)} during the search, so it was begun again.`,
      ]);
    this.#setSource('sweep', 'working', '');
    this.#searching = this.#runSearch(options, addresses, stop.signal);
    this.#tellNow();
  }

  /** Asks a few addresses that a search found, outside of any search. */
  async #askAgain(known: KnownSightings): Promise<void> {
    if (this.#ports === null || this.#askingAgain) return;
    const addresses = addressesToAskAgain(known, Date.now());
    if (addresses.length === 0) return;
    this.#askingAgain = true;
    try {
      await sweep({
        ...this.#ports,
        ...this.#sweepParts(this.#stopAskingAgain.signal),
        addresses,
        mayBeThere: () => true,
        onAsked: () => undefined,
      });
      await this.#readNeighbours();
    } catch (thrown) {
      if (!isAbort(thrown)) throw thrown;
    } finally {
      this.#askingAgain = false;
    }
  }

  #sweepParts(signal: AbortSignal): Pick<SweepOptions, 'prober' | 'signal' | 'onResult' | 'onSilent'> {
    return {
      prober: this.#confined(this.#options.prober ?? tcpProber),
      signal,
      onResult: (result) => this.#takeResult(result),
      onSilent: (address) => this.#takeSilence(address),
    };
  }

  async #runSearch(options: SearchOptions, addresses: readonly string[], signal: AbortSignal): Promise<void> {
    const adapters = adaptersIn(options.networks, this.#interfaces());
    const known = new Set([...this.#found.of('mdns'), ...this.#found.of('neighbours')].flatMap((one) => one.addresses));
    // What is known to be there comes first, so that it is on screen first.
    const ordered = addresses.toSorted((a, b) => Number(known.has(b)) - Number(known.has(a)));
    let neighbours: Promise<ReadonlySet<string>> | null = null;
    try {
      const outcome = await sweep({
        ...this.#sweepParts(signal),
        addresses: ordered,
        sshPort: options.sshPort,
        agentPort: options.agentPort,
        mayBeThere: async (address) => {
          if (!this.#isOnLink(address)) return addressRange(address) !== 'loopback';
          return (await (neighbours ??= this.#readNeighbours())).has(address);
        },
        onAsked: (asked) => {
          this.#search = { ...this.#search, asked };
          this.#tellSoon();
        },
      });
      await this.#readNeighbours();
      const own = ownAddresses(this.#interfaces());
      const sameSubnet = addresses.some((address) =>
        own.some((ours) => isInSubnet(ours.address, ours.prefix, address)),
      );
      const loopback = addresses.every((address) => addressRange(address) === 'loopback');
      if (signal.aborted) return;
      const still = adaptersIn(options.networks, this.#interfaces());
      const lost = adapters.filter(
        ({ adapter, cidr }) => !still.some((one) => one.adapter === adapter && one.cidr === cidr),
      );
      this.#endSearch('done', searchWarnings(outcome, { platform: this.#platform, sameSubnet, loopback, lost }));
    } catch (thrown) {
      if (signal.aborted || isAbort(thrown)) return;
      this.#endSearch('stopped', [AppError.from(thrown).message]);
    }
  }

  #confined(prober: Prober): Prober {
    const guard = (address: string): void => this.#confinement.require(address);
    return {
      ssh: async (address, options) => {
        guard(address);
        return prober.ssh(address, options);
      },
      agent: async (address, options) => {
        guard(address);
        return prober.agent(address, options);
      },
    };
  }

  #isOnLink(address: string): boolean {
    return ownAddresses(this.#interfaces()).some((own) => isInSubnet(own.address, own.prefix, address));
  }

  #takeResult({ address, ssh, agent, name }: SweepResult): void {
    // Every loopback address of this computer refuses what it does not serve: that tells nothing.
    if (agent === null && ssh?.state === 'refused' && addressRange(address) === 'loopback') {
      this.#takeSilence(address);
      return;
    }
    this.#found.add({
      source: 'sweep',
      key: address,
      at: Date.now(),
      addresses: [address],
      heardOn: null,
      mac: null,
      names: name === null ? [] : [name],
      ssh,
      agent,
      services: [],
      live: true,
      stale: false,
      written: null,
    });
    if (!this.#reversed.has(address)) {
      this.#reversed.add(address);
      this.#mdns.askReverse(address);
    }
    this.#tellSoon();
  }

  /** An address that answered a search before, and now does not. */
  #takeSilence(address: string): void {
    const known = this.#found.of('sweep').find(({ key }) => key === address);
    if (!known || known.stale) return;
    this.#found.add({ ...known, stale: true });
    this.#tellSoon();
  }

  #endSearch(phase: 'done' | 'stopped', warnings: readonly string[]): void {
    this.#searchAgain = null;
    this.#search = { ...this.#search, phase, endedAt: Date.now(), warnings: [...this.#search.warnings, ...warnings] };
    this.#setSource('sweep', 'idle', '');
    this.#tellNow();
  }

  #setSource(source: SourceName, state: SourceState['state'], reason: string): void {
    this.#sources.set(source, { source, state, reason });
  }

  /** At once after a quiet time: what is found first should be on screen first. */
  #tellSoon(): void {
    const wait = Math.max(0, this.#toldAt + TELL_EVERY_MS - performance.now());
    this.#teller ??= setTimeout(() => this.#tellNow(), wait);
    this.#teller.unref();
  }

  #tellNow(): void {
    clearTimeout(this.#teller);
    this.#teller = undefined;
    this.#toldAt = performance.now();
    const before = this.#list;
    const zoneForm = this.#platform === 'win32' ? 'index' : 'name';
    const devices = this.#found.list({ own: ownAddresses(this.#interfaces()), zoneForm });
    const change = changeBetween(before, { devices, sources: [...this.#sources.values()], search: this.#search });
    if (change === null) return;
    this.#list = { number: change.number, devices, sources: change.sources, search: change.search };
    this.#changes.emit(change);
  }
}

const NO_SEARCH: SearchState = {
  phase: 'never',
  networks: [],
  asked: 0,
  total: 0,
  startedAt: null,
  endedAt: null,
  warnings: [],
};

/** A `.local` name outlives a change of address; but one that two machines use leads to either. */
function hostToKeep({ id, names, addresses, sshConfig }: FoundDevice, all: readonly FoundDevice[]): string {
  const name = names.find((one) => one.endsWith('.local'));
  const shared = all.some((other) => other.id !== id && name !== undefined && other.names.includes(name));
  return (shared ? undefined : name) ?? addresses[0]?.address ?? sshConfig?.host ?? '';
}

/** `lab` and `lab.local` as mDNS asks for them. */
function localName(name: string): string {
  const bare = name.trim().toLowerCase().replace(/\.$/, '');
  return bare.endsWith('.local') ? bare : `${bare.split('.')[0] ?? ''}.local`;
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
