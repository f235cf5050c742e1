import { setMaxListeners } from 'node:events';
import { AppError, isAbort } from '../../errors/index.ts';
import { addressRange, isInSubnet } from '../../network/index.ts';
import type { Confinement } from '../confinement.ts';
import type { SearchOptions } from '../model.ts';
import { adaptersIn, addressesToAsk, ownAddresses, type ListedInterfaces } from '../networks.ts';
import type { ToldList } from '../told-list.ts';
import { addressesToAskAgain, type KnownSightings } from './ask-again.ts';
import type { Prober } from './probe.ts';
import { sweep, type SweepOptions, type SweepOutcome, type SweepResult } from './sweep.ts';
import { durationText, searchWarnings } from './warnings.ts';

export interface SearchParts {
  readonly told: ToldList;
  readonly confinement: Confinement;
  readonly platform: NodeJS.Platform;
  readonly interfaces: () => ListedInterfaces;
  readonly prober: Prober;
  /** Reads the neighbour table; gives the addresses that are known to be there. */
  readonly readNeighbours: () => Promise<ReadonlySet<string>>;
  /** Called once for each address that answered. */
  readonly onAnswer: (address: string) => void;
}

/** The search a person asks for: every address of some networks is asked, one search at a time. */
export class Search {
  readonly #parts: SearchParts;
  #stop: AbortController | null = null;
  #running: Promise<void> = Promise.resolve();
  #beginAgain: ((sleptMs: number) => void) | null = null;
  /** The ports of the latest search. */
  #ports: Pick<SearchOptions, 'sshPort' | 'agentPort'> | null = null;
  #askingAgain = false;
  readonly #stopAskingAgain = new AbortController();
  readonly #answered = new Set<string>();

  constructor(parts: SearchParts) {
    this.#parts = parts;
    setMaxListeners(0, this.#stopAskingAgain.signal);
  }

  /** Settles when the search that runs has ended, however it did. */
  get ended(): Promise<void> {
    const running = this.#running;
    return running.then(() => (running === this.#running ? undefined : this.ended));
  }

  /** Begins a search, in place of one that runs. Raises `NO_NETWORK` and what `addressesToAsk` raises, before anything is sent. */
  start(options: SearchOptions): void {
    if (options.networks.length === 0) {
      throw new AppError('NO_NETWORK', 'Choose at least one network to search.');
    }
    const { confinement, interfaces } = this.#parts;
    const own = ownAddresses(interfaces()).map(({ address }) => address);
    this.#begin(options, addressesToAsk(options.networks, { confinement, large: options.large, own }), []);
  }

  /** Stops the search at once; what it found stays. */
  stop(): void {
    this.#stop?.abort();
    if (this.#parts.told.search.phase === 'running') this.#end('stopped', []);
  }

  /** Begins a search that runs once more, for this computer slept meanwhile. */
  afterSleep(sleptMs: number): void {
    this.#beginAgain?.(sleptMs);
  }

  /** Asks a few addresses that a search found, outside of any search. */
  async askAgain(known: KnownSightings): Promise<void> {
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
      await this.#parts.readNeighbours();
    } catch (thrown) {
      if (!isAbort(thrown)) throw thrown;
    } finally {
      this.#askingAgain = false;
    }
  }

  async dispose(): Promise<void> {
    this.#stop?.abort();
    this.#stopAskingAgain.abort();
    await this.ended;
  }

  #begin(options: SearchOptions, addresses: readonly string[], warnings: readonly string[]): void {
    const { told } = this.#parts;
    this.#stop?.abort();
    const stop = new AbortController();
    // Each of the 64 probes listens to it.
    setMaxListeners(0, stop.signal);
    this.#stop = stop;
    told.setSearch({
      phase: 'running',
      networks: options.networks,
      asked: 0,
      total: addresses.length,
      startedAt: Date.now(),
      endedAt: null,
      warnings,
    });
    this.#ports = { sshPort: options.sshPort, agentPort: options.agentPort };
    this.#beginAgain = (sleptMs) =>
      this.#begin(options, addresses, [
        `This computer slept for ${durationText(sleptMs)} during the search, so it was begun again.`,
      ]);
    told.setSource('sweep', 'working');
    this.#running = this.#run(options, addresses, stop.signal);
    told.tellNow();
  }

  async #run(options: SearchOptions, addresses: readonly string[], signal: AbortSignal): Promise<void> {
    const adapters = adaptersIn(options.networks, this.#parts.interfaces());
    try {
      const outcome = await this.#ask(options, addresses, signal);
      await this.#parts.readNeighbours();
      if (signal.aborted) return;
      const still = adaptersIn(options.networks, this.#parts.interfaces());
      const lost = adapters.filter(
        ({ adapter, cidr }) => !still.some((one) => one.adapter === adapter && one.cidr === cidr),
      );
      const { platform } = this.#parts;
      const sameSubnet = addresses.some((address) => this.#isOnLink(address));
      const loopback = addresses.every((address) => addressRange(address) === 'loopback');
      this.#end('done', searchWarnings(outcome, { platform, sameSubnet, loopback, lost }));
    } catch (thrown) {
      if (signal.aborted || isAbort(thrown)) return;
      this.#end('stopped', [AppError.from(thrown).message]);
    }
  }

  #ask(
    { sshPort, agentPort }: SearchOptions,
    addresses: readonly string[],
    signal: AbortSignal,
  ): Promise<SweepOutcome> {
    const { told, readNeighbours } = this.#parts;
    const known = new Set([...told.found.of('mdns'), ...told.found.of('neighbours')].flatMap((one) => one.addresses));
    let neighbours: Promise<ReadonlySet<string>> | null = null;
    return sweep({
      ...this.#sweepParts(signal),
      // What is known to be there comes first, so that it is on screen first.
      addresses: addresses.toSorted((a, b) => Number(known.has(b)) - Number(known.has(a))),
      sshPort,
      agentPort,
      mayBeThere: async (address) => {
        if (!this.#isOnLink(address)) return addressRange(address) !== 'loopback';
        return (await (neighbours ??= readNeighbours())).has(address);
      },
      onAsked: (asked) => {
        told.setSearch({ asked });
        told.tellSoon();
      },
    });
  }

  #sweepParts(signal: AbortSignal): Pick<SweepOptions, 'prober' | 'signal' | 'onResult' | 'onSilent'> {
    return {
      prober: confined(this.#parts.prober, this.#parts.confinement),
      signal,
      onResult: (result) => this.#takeResult(result),
      onSilent: (address) => this.#takeSilence(address),
    };
  }

  #isOnLink(address: string): boolean {
    return ownAddresses(this.#parts.interfaces()).some((own) => isInSubnet(own.address, own.prefix, address));
  }

  #takeResult({ address, ssh, agent, name }: SweepResult): void {
    // Every loopback address of this computer refuses what it does not serve: that tells nothing.
    if (agent === null && ssh?.state === 'refused' && addressRange(address) === 'loopback') {
      this.#takeSilence(address);
      return;
    }
    const { told, onAnswer } = this.#parts;
    told.found.add({
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
    if (!this.#answered.has(address)) {
      this.#answered.add(address);
      onAnswer(address);
    }
    told.tellSoon();
  }

  /** An address that answered a search before, and now does not. */
  #takeSilence(address: string): void {
    const { told } = this.#parts;
    const known = told.found.of('sweep').find(({ key }) => key === address);
    if (!known || known.stale) return;
    told.found.add({ ...known, stale: true });
    told.tellSoon();
  }

  #end(phase: 'done' | 'stopped', warnings: readonly string[]): void {
    const { told } = this.#parts;
    this.#beginAgain = null;
    told.setSearch({ phase, endedAt: Date.now(), warnings: [...told.search.warnings, ...warnings] });
    told.setSource('sweep', 'idle');
    told.tellNow();
  }
}

/** Lets no probe leave the networks that may be searched. */
function confined(prober: Prober, confinement: Confinement): Prober {
  return {
    ssh: async (address, options) => {
      confinement.require(address);
      return prober.ssh(address, options);
    },
    agent: async (address, options) => {
      confinement.require(address);
      return prober.agent(address, options);
    },
  };
}
