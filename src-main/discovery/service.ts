import { networkInterfaces } from 'node:os';
import type { Device, DeviceStore } from '../devices/index.ts';
import type { Observable } from '../events/index.ts';
import { Confinement } from './confinement.ts';
import { mdnsAdapters } from './mdns/adapters.ts';
import { MdnsBrowser } from './mdns/browser.ts';
import type { FoundChange, FoundList, SearchNetwork, SearchOptions } from './model.ts';
import { ownAddresses, searchNetworks, type ListedInterfaces } from './networks.ts';
import { News } from './news.ts';
import { KnownHere } from './sources/known-here.ts';
import type { RunCommand } from './sources/neighbours.ts';
import { SleepWatch } from './sleep-watch.ts';
import { tcpProber, type Prober } from './sweep/probe.ts';
import { Search } from './sweep/search.ts';
import { durationText, silentMdnsHint } from './sweep/warnings.ts';
import { ToldList } from './told-list.ts';
import { whatToKeep } from './what-to-keep.ts';

/** Milliseconds between looks at the adapters and the neighbour table. */
const TICK_MS = 5000;
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
  readonly #told: ToldList;
  readonly #mdns: MdnsBrowser;
  readonly #knownHere: KnownHere;
  readonly #search: Search;
  readonly #sleep: SleepWatch;
  readonly #news = new News();
  readonly #unsubscribe: () => void;
  #watchers = 0;
  #watchedSince = 0;
  #nearby: ReadonlySet<string> = new Set();
  #ticker: NodeJS.Timeout | undefined;
  #abandon: NodeJS.Timeout | undefined;

  constructor(options: DiscoveryOptions) {
    const { networks, devices, homeDir, runCommand, prober = tcpProber, platform = process.platform } = options;
    this.#options = options;
    this.#confinement = new Confinement(networks);
    this.#platform = platform;
    this.#sleep = new SleepWatch(this.#tickMs);
    const zoneForm = platform === 'win32' ? 'index' : 'name';
    const told = new ToldList(() => ({ own: ownAddresses(this.#interfaces()), zoneForm }));
    this.#told = told;
    this.#mdns = new MdnsBrowser({
      adapters: () => mdnsAdapters(this.#interfaces(), this.#confinement),
      port: options.mdnsPort,
      onChange: () => this.#takeMdns(),
    });
    const shared = { told, platform, confinement: this.#confinement };
    this.#knownHere = new KnownHere({ ...shared, homeDir, runCommand, isWatched: () => this.#watchers > 0 });
    this.#search = new Search({
      ...shared,
      prober,
      interfaces: () => this.#interfaces(),
      readNeighbours: () => this.#knownHere.readNeighbours(),
      onAnswer: (address) => this.#mdns.askReverse(address),
    });
    this.#knownHere.takeSaved(devices.list());
    this.#unsubscribe = devices.changes.subscribe((list) => this.#knownHere.takeSaved(list));
  }

  /** Numbered changes; each follows the list or change before it. */
  get changes(): Observable<FoundChange> {
    return this.#told.changes;
  }

  networks(): readonly SearchNetwork[] {
    return searchNetworks(this.#interfaces(), this.#confinement);
  }

  list(): FoundList {
    return this.#told.current;
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
    await Promise.all([this.#knownHere.readNeighbours(), this.#knownHere.readSshConfig()]);
  }

  /**
   * Begins a search, in place of one that runs; `changes` tell of it. Raises what `addressesToAsk` raises, before anything
   * is sent.
   */
  start(options: SearchOptions): FoundList {
    this.#search.start(options);
    if (options.name !== '') this.#mdns.addName(localName(options.name));
    return this.list();
  }

  /** Stops the search at once; what it found stays. */
  stop(): FoundList {
    this.#search.stop();
    return this.list();
  }

  /** Adds a found machine to the list of devices. Raises `NOT_FOUND_ANY_MORE` and what adding raises. */
  async add(id: string, { user, label }: { readonly user: string; readonly label: string }): Promise<Device> {
    const { devices } = this.#options;
    const { host, port, lastAddress, mac } = whatToKeep(id, this.list().devices);
    const added = await devices.add({ host, port, user, label });
    await devices.remember(added.id, { lastAddress, mac });
    return devices.get(added.id);
  }

  /** Settles when the search that runs has ended, however it did. */
  get searchEnded(): Promise<void> {
    return this.#search.ended;
  }

  async dispose(): Promise<void> {
    this.#unsubscribe();
    this.#stopWatching();
    clearTimeout(this.#abandon);
    const ended = this.#search.dispose();
    this.#told.cancel();
    await ended;
  }

  get #tickMs(): number {
    return this.#options.tickMs ?? TICK_MS;
  }

  #interfaces(): ListedInterfaces {
    return (this.#options.interfaces ?? networkInterfaces)();
  }

  #startWatching(): void {
    const { found } = this.#told;
    clearTimeout(this.#abandon);
    this.#watchedSince = Date.now();
    this.#sleep.begin();
    this.#nearby = this.#mdnsAdapterNames();
    for (const { names } of [...found.of('saved'), ...found.of('ssh-config')]) {
      for (const name of names) if (name.endsWith('.local')) this.#mdns.addName(name);
    }
    this.#mdns.start();
    this.#ticker = setInterval(() => this.#tick(), this.#tickMs);
    this.#ticker.unref();
    void this.#knownHere.readNeighbours();
    void this.#knownHere.readSshConfig();
    this.#takeMdns();
  }

  #stopWatching(): void {
    clearInterval(this.#ticker);
    this.#mdns.stop();
    this.#told.setSource('mdns', 'idle');
    this.#told.setSource('neighbours', 'idle');
    this.#told.tellSoon();
    this.#abandon = setTimeout(() => this.stop(), ABANDONED_MS);
    this.#abandon.unref();
  }

  #tick(): void {
    const sleptMs = this.#sleep.look();
    const nearby = this.#mdnsAdapterNames();
    const gone = [...this.#nearby].filter((name) => !nearby.has(name));
    this.#nearby = nearby;
    if (sleptMs > 0) {
      this.#news.say(`This computer slept for ${durationText(sleptMs)}: everything is asked again.`);
      this.#search.afterSleep(sleptMs);
    } else if (gone.length > 0) {
      const behind = gone.length === 1 ? 'it' : 'them';
      this.#news.say(`${gone.join(' and ')} went away: what is behind ${behind} is neither heard nor reached.`);
    }
    this.#mdns.renew(sleptMs > 0);
    void this.#knownHere.readNeighbours();
    this.#takeMdns();
  }

  #mdnsAdapterNames(): ReadonlySet<string> {
    return new Set(mdnsAdapters(this.#interfaces(), this.#confinement).map(({ name }) => name));
  }

  #takeMdns(): void {
    const { found } = this.#told;
    const mdnsBefore = found.of('mdns');
    const mdns = this.#mdns.sightings();
    found.set('mdns', mdns);
    void this.#search.askAgain({ mdnsBefore, mdns, sweep: found.of('sweep') });
    if (this.#watchers > 0) this.#sayHowMdnsDoes(mdns.length === 0);
    this.#told.tellSoon();
  }

  #sayHowMdnsDoes(heardNothing: boolean): void {
    const { off, reason } = this.#mdns.trouble;
    const silent = heardNothing && Date.now() - this.#watchedSince > SILENT_MS;
    const hint = silent ? (silentMdnsHint(this.#platform) ?? '') : '';
    const said = [...this.#news.texts, reason, hint].filter(Boolean).join(' ');
    this.#told.setSource('mdns', off ? 'off' : reason ? 'partly' : 'working', said);
  }
}

/** `lab` and `lab.local` as mDNS asks for them. */
function localName(name: string): string {
  const bare = name.trim().toLowerCase().replace(/\.$/, '');
  return bare.endsWith('.local') ? bare : `${bare.split('.')[0] ?? ''}.local`;
}
