import { lookup, lookupService } from 'node:dns';
import { networkInterfaces } from 'node:os';
import { AppError, systemCode } from '../errors/index.ts';
import type { DnsRecord, Outcome, RecordType } from './answer.ts';

/** What the operating system's own resolver says. */
export interface SystemAnswer {
  readonly outcome: Outcome;
  readonly code: string;
  readonly records: readonly DnsRecord[];
  readonly durationMs: number;
}

export interface SystemOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** `getaddrinfo` blocks a thread of the pool that files use too, for 10 s and more when no server answers. */
const MAX_AT_ONCE = 2;
const UV_EAI_NODATA = -3007;
/** `EAI_AGAIN` does not say whether servers failed or kept silent; resolvers wait this long for a silent one at least. */
const SHORTEST_SILENCE_MS = 3000;

/**
 * The resolver every program uses (`gethostbyname`, `getaddrinfo`): it reads the hosts file, asks DNS servers, and asks
 * mDNS where the system does. A failure is an answer; only `CANCELLED` is raised.
 */
export class SystemResolver {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** Addresses of a name, in the order the system prefers. */
  addresses(name: string, types: readonly RecordType[], options: SystemOptions): Promise<SystemAnswer> {
    const family = types.includes('A') === types.includes('AAAA') ? 0 : types.includes('A') ? 4 : 6;
    return this.#ask(options, (done) => {
      lookup(name, { all: true, family, order: 'verbatim' }, (thrown, addresses) => {
        done(
          thrown,
          (addresses ?? []).map((one) => ({
            name,
            type: one.family === 6 ? 'AAAA' : 'A',
            ttl: null,
            value: one.address,
            family: one.family === 6 ? 6 : 4,
          })),
        );
      });
    });
  }

  /** The name of an address, as `gethostbyaddr` gives it. */
  nameOf(address: string, options: SystemOptions): Promise<SystemAnswer> {
    return this.#ask(options, (done) => {
      lookupService(address, 0, (thrown, name) => {
        done(thrown, name ? [{ name: address, type: 'PTR', ttl: null, value: name, family: null }] : []);
      });
    });
  }

  async #ask(
    options: SystemOptions,
    start: (done: (thrown: Error | null, records: DnsRecord[]) => void) => void,
  ): Promise<SystemAnswer> {
    await this.#turn();
    const started = performance.now();
    return new Promise((resolve, reject) => {
      const answer = (outcome: Outcome, code: string, records: readonly DnsRecord[] = []): void => {
        stopWaiting();
        resolve({ outcome, code, records, durationMs: performance.now() - started });
      };
      const cancel = (): void => {
        stopWaiting();
        reject(new AppError('CANCELLED', 'Cancelled.'));
      };
      const deadline = setTimeout(() => answer('timed-out', 'ETIMEDOUT'), options.timeoutMs);
      const stopWaiting = (): void => {
        clearTimeout(deadline);
        options.signal?.removeEventListener('abort', cancel);
      };
      if (options.signal?.aborted) {
        this.#release();
        return cancel();
      }
      options.signal?.addEventListener('abort', cancel);
      start((thrown, records) => {
        this.#release();
        if (thrown === null) answer('found', '', records);
        else answer(outcomeOf(thrown, performance.now() - started), systemCode(thrown) ?? 'UNEXPECTED');
      });
    });
  }

  async #turn(): Promise<void> {
    if (this.#running >= MAX_AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running -= 1;
  }
}

function outcomeOf(thrown: Error, elapsedMs: number): Outcome {
  switch (systemCode(thrown)) {
    case 'ENOTFOUND':
      return 'errno' in thrown && thrown.errno === UV_EAI_NODATA ? 'no-data' : 'not-found';
    case 'EAI_AGAIN':
      if (!hasNetwork()) return 'no-network';
      return elapsedMs >= SHORTEST_SILENCE_MS ? 'timed-out' : 'server-failed';
    case 'EAI_FAIL':
      return 'server-failed';
    default:
      return 'failed';
  }
}

function hasNetwork(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some((one) => !one.internal && !(one.family === 'IPv6' && one.address.startsWith('fe80:'))),
  );
}
