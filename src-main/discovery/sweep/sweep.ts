import type { AgentSighting, SshSighting } from '../model.ts';
import { cancelled, type Knock, type Prober, type SshProbe } from './probe.ts';

/** Probes in flight at once, banner reading included: more knock small routers over (angryip/ipscan#43). */
export const MOST_IN_FLIGHT = 64;
/**
 * Milliseconds for an answer on the first round. Machines that are awake answer in a few; one that is slower has answered
 * ARP by the end of the round, or is asked again because it is in another network.
 */
const FIRST_TIMEOUT_MS = 250;
/** Milliseconds on the second, for those that are known to be there but did not answer yet: Wi-Fi that sleeps. */
const SECOND_TIMEOUT_MS = 1500;

/**
 * Milliseconds after which a server that is still talking is told of: a Pi Zero takes seconds to show its host key. Quick
 * servers have said all by then, so that their rows come whole.
 */
const TALKING_MS = { withoutBanner: 120, withBanner: 40 } as const;

/** What a sweep learnt of one address. */
export interface SweepResult {
  readonly address: string;
  readonly ssh: SshSighting | null;
  readonly agent: AgentSighting | null;
  /** The host name the agent gives, or null. */
  readonly name: string | null;
}

export interface SweepOptions {
  readonly addresses: readonly string[];
  readonly sshPort: number;
  readonly agentPort: number;
  readonly prober: Prober;
  readonly signal: AbortSignal;
  /** True for an address that could be told to be there by other means (a neighbour): it is asked once more, with patience. */
  readonly mayBeThere: (address: string) => boolean | Promise<boolean>;
  /** Called again for an address when more is known of it. */
  readonly onResult: (result: SweepResult) => void;
  /** Called in the end for each address that did not answer. */
  readonly onSilent: (address: string) => void;
  readonly onAsked: (asked: number) => void;
}

/** What the whole of it says. */
export interface SweepOutcome {
  readonly open: number;
  readonly refused: number;
  readonly silent: number;
  /** Of the silent ones, those the system gave up on before we did: EHOSTUNREACH. */
  readonly unreachable: number;
  /** Addresses this computer could not ask, by the system's code. */
  readonly failed: ReadonlyMap<string, number>;
}

/**
 * Asks every address for SSH, and those that answer for the agent, never more than 64 at a time. Raises `CANCELLED` as
 * soon as the signal says so; what was found by then was reported.
 */
export async function sweep(options: SweepOptions): Promise<SweepOutcome> {
  const run = new SweepRun(options);
  await run.round(options.addresses, FIRST_TIMEOUT_MS);
  const again: string[] = [];
  for (const address of run.silent) if (await options.mayBeThere(address)) again.push(address);
  await run.round(again, SECOND_TIMEOUT_MS);
  if (options.signal.aborted) throw cancelled();
  for (const address of run.unanswered) options.onSilent(address);
  return run.outcome();
}

class SweepRun {
  readonly #options: SweepOptions;
  readonly #knocks = new Map<string, Knock>();
  /** Addresses with a result, be it the agent's alone. */
  readonly #answered = new Set<string>();
  #asked = 0;

  constructor(options: SweepOptions) {
    this.#options = options;
  }

  /** Addresses whose SSH port is silent. */
  get silent(): readonly string[] {
    return [...this.#knocks].filter(([, { kind }]) => kind === 'silent').map(([address]) => address);
  }

  /** Of the silent ones, those where no agent answers either. */
  get unanswered(): readonly string[] {
    return this.silent.filter((address) => !this.#answered.has(address));
  }

  outcome(): SweepOutcome {
    const knocks = [...this.#knocks.values()];
    const count = (kind: Knock['kind']): number => knocks.filter((knock) => knock.kind === kind).length;
    const failed = new Map<string, number>();
    for (const knock of knocks) if (knock.kind === 'failed') failed.set(knock.code, (failed.get(knock.code) ?? 0) + 1);
    const unreachable = knocks.filter((knock) => knock.kind === 'silent' && knock.code === 'EHOSTUNREACH').length;
    return { open: count('open'), refused: count('refused'), silent: count('silent'), unreachable, failed };
  }

  async round(addresses: readonly string[], timeoutMs: number): Promise<void> {
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let address = addresses[next++]; address !== undefined; address = addresses[next++]) {
        if (this.#options.signal.aborted) throw cancelled();
        await this.#ask(address, timeoutMs);
      }
    };
    await Promise.all(Array.from({ length: Math.min(MOST_IN_FLIGHT, addresses.length) }, worker));
  }

  async #ask(address: string, timeoutMs: number): Promise<void> {
    const { prober, agentPort, signal, onAsked } = this.#options;
    const { knock, ssh } = await this.#askSsh(address, timeoutMs);
    if (!this.#knocks.has(address)) onAsked(++this.#asked);
    this.#knocks.set(address, knock);
    const patient = timeoutMs === SECOND_TIMEOUT_MS;
    if (ssh === null && !patient) return;
    if (ssh !== null) this.#tell({ address, ssh, agent: null, name: null });
    const found = await prober.agent(address, { port: agentPort, timeoutMs: SECOND_TIMEOUT_MS, signal });
    if (found !== null) this.#tell({ address, ssh, ...found });
  }

  async #askSsh(address: string, timeoutMs: number): Promise<SshProbe> {
    const { prober, sshPort: port, signal } = this.#options;
    let talking: NodeJS.Timeout | undefined;
    const onTalk = (ssh: SshSighting): void => {
      clearTimeout(talking);
      const wait = ssh.banner === null ? TALKING_MS.withoutBanner : TALKING_MS.withBanner;
      talking = setTimeout(() => this.#tell({ address, ssh, agent: null, name: null }), wait);
    };
    try {
      return await prober.ssh(address, { port, timeoutMs, signal, onTalk });
    } finally {
      clearTimeout(talking);
    }
  }

  #tell(result: SweepResult): void {
    this.#answered.add(result.address);
    this.#options.onResult(result);
  }
}
