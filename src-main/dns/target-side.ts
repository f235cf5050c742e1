import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import type { Target } from '../target/target.ts';
import type { DnsRecord, DnsServerAddress, Outcome, RecordType, Through } from './answer.ts';
import type { Route } from './ask.ts';
import { streamCarrier } from './carrier.ts';
import { PythonRelay } from './relay.ts';
import type { SystemType } from './compose.ts';
import { configuredServers, type ConfiguredServer } from './servers.ts';
import { parseSurvey, surveyScript, SYSTEM_PROGRAM } from './target-scripts.ts';

export interface TargetSystemAnswer {
  readonly outcome: Outcome;
  readonly code: string;
  readonly records: readonly DnsRecord[];
  readonly durationMs: number | null;
  readonly through: Through;
  /** The exception as the device's own Python worded it, or null. */
  readonly python: string | null;
}

const SYSTEM_TIMEOUT_MS = 45_000;

const AVAHI_FLAGS: Readonly<Record<SystemType, string>> = { A: '-4n', AAAA: '-6n', 'A/AAAA': '-n', PTR: '-a' };

const systemResult = v.object({
  found: v.array(v.string()),
  ms: v.number(),
  error: v.optional(v.object({ kind: v.string(), number: v.nullable(v.number()), text: v.string() })),
});

/**
 * Look-ups made by the device one is signed in to. Python is preferred because it measures there, asks over UDP as every
 * program does, and its exception is the one the course shows; without it `getent` answers for the system, and DNS
 * servers are asked over TCP through the SSH connection.
 */
export class TargetSide {
  readonly servers: readonly ConfiguredServer[];
  readonly #target: Target;
  readonly #tools: ReadonlySet<string>;
  readonly #relay: PythonRelay;
  readonly #signal: AbortSignal | undefined;

  private constructor(
    target: Target,
    tools: ReadonlySet<string>,
    servers: readonly ConfiguredServer[],
    signal: AbortSignal | undefined,
  ) {
    this.#target = target;
    this.#tools = tools;
    this.servers = servers;
    this.#relay = new PythonRelay(target, signal);
    this.#signal = signal;
  }

  /** Learns in one round trip which tools and name servers the device has. */
  static async open(target: Target, signal?: AbortSignal): Promise<TargetSide> {
    const marker = `==${randomBytes(6).toString('hex')}==`;
    const { stdout } = await target.exec({ script: surveyScript(marker) }, { signal });
    const survey = parseSurvey(stdout, marker);
    const servers = configuredServers({ main: survey.resolvConf, uplinks: survey.uplinks });
    return new TargetSide(target, new Set(survey.tools), servers, signal);
  }

  /** How one DNS server is reached from the device. */
  route(server: DnsServerAddress): Route {
    if (this.#tools.has('python3')) {
      return { first: this.#relay.carrier(server, 'udp'), whenCut: this.#relay.carrier(server, 'tcp') };
    }
    const tunnel = streamCarrier('ssh-tunnel', server, (signal) =>
      this.#target.connect(server.address, server.port, { signal }),
    );
    return { first: tunnel, whenCut: null };
  }

  async addresses(name: string, types: readonly RecordType[]): Promise<TargetSystemAnswer> {
    const family = types.includes('A') === types.includes('AAAA') ? 0 : types.includes('A') ? 4 : 6;
    if (this.#tools.has('python3')) return this.#python(name, String(family));
    return this.#getent(name, family === 0 ? 'ahosts' : `ahostsv${family}`);
  }

  nameOf(address: string): Promise<TargetSystemAnswer> {
    return this.#tools.has('python3') ? this.#python(address, 'reverse') : this.#getent(address, 'hosts');
  }

  async #python(name: string, family: string): Promise<TargetSystemAnswer> {
    const { stdout } = await this.#run(['python3', '-c', SYSTEM_PROGRAM, name, family]);
    const line = stdout.trimEnd().split('\n').at(-1) ?? '';
    const parsed = line.startsWith('{') ? v.safeParse(systemResult, JSON.parse(line)) : { success: false as const };
    if (!parsed.success) return { ...unknownAnswer, through: 'python3' };
    const { found, ms, error } = parsed.output;
    return {
      outcome: error ? outcomeOfPython(error) : 'found',
      code: error ? codeOfPython(error) : '',
      records: found.map((value) => recordOf(name, family === 'reverse', value)),
      durationMs: ms,
      through: 'python3',
      python: error ? `${/^[gh]/.test(error.kind) ? 'socket.' : ''}${error.kind}: ${error.text}` : null,
    };
  }

  /** True when the device can ask mDNS by itself. */
  get asksMdns(): boolean {
    return this.#tools.has('avahi-resolve');
  }

  /**
   * What the devices around this one answer over mDNS, by the device's own avahi: one value, of either family where both
   * were asked for. `avahi-resolve` ends with 0 where nobody answers, and with 1 where it could not ask.
   */
  async mdns(name: string, type: SystemType): Promise<TargetSystemAnswer> {
    const started = performance.now();
    const { code, stdout } = await this.#run(['avahi-resolve', AVAHI_FLAGS[type], name]);
    const value = /^\S+\s+(\S+)\s*$/m.exec(stdout)?.[1];
    const outcome = value !== undefined ? 'found' : code === 0 ? 'timed-out' : 'failed';
    return {
      outcome,
      code: outcome === 'found' ? '' : outcome === 'timed-out' ? 'ETIMEDOUT' : `avahi-resolve ${code ?? ''}`,
      records: value === undefined ? [] : [recordOf(name, type === 'PTR', value)],
      durationMs: performance.now() - started,
      through: 'avahi-resolve',
      python: null,
    };
  }

  /** `getent` ends with 2 for every kind of absence, so a name that does not exist and a broken server look alike. */
  async #getent(name: string, database: string): Promise<TargetSystemAnswer> {
    if (!this.#tools.has('getent')) return { ...unknownAnswer, outcome: 'off', code: 'NO_TOOL' };
    const started = performance.now();
    const { code, stdout } = await this.#run(['getent', database, name]);
    const durationMs = performance.now() - started;
    const reverse = database === 'hosts';
    const values = stdout
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .map((words) => (reverse ? words[1] : words[0]) ?? '')
      .filter((value) => value !== '');
    const records = [...new Set(values)].map((value) => recordOf(name, reverse, value));
    const outcome = records.length > 0 ? 'found' : code === 2 ? 'not-found' : 'failed';
    return {
      outcome,
      code: outcome === 'found' ? '' : `getent ${code ?? ''}`,
      records,
      durationMs,
      through: 'getent',
      python: null,
    };
  }

  #run(argv: readonly string[]): Promise<{ code: number | null; stdout: string }> {
    return this.#target.exec({ argv }, { timeoutMs: SYSTEM_TIMEOUT_MS, signal: this.#signal });
  }
}

const unknownAnswer: TargetSystemAnswer = {
  outcome: 'failed',
  code: 'UNEXPECTED_OUTPUT',
  records: [],
  durationMs: null,
  through: 'getent',
  python: null,
};

/** Numbers of glibc's `netdb.h`; musl uses the same for these. `herror` has numbers of its own. */
function outcomeOfPython(error: { kind: string; number: number | null }): Outcome {
  if (error.kind === 'herror') return error.number === 1 || error.number === 4 ? 'not-found' : 'server-failed';
  const outcomes: Readonly<Record<number, Outcome>> = { [-2]: 'not-found', [-5]: 'no-data', [-3]: 'server-failed' };
  return error.number === null ? 'failed' : (outcomes[error.number] ?? 'failed');
}

function codeOfPython(error: { kind: string; number: number | null }): string {
  if (error.kind === 'herror') return 'HOST_NOT_FOUND';
  const names: Readonly<Record<number, string>> = { [-2]: 'EAI_NONAME', [-5]: 'EAI_NODATA', [-3]: 'EAI_AGAIN' };
  return error.number === null ? error.kind : (names[error.number] ?? `EAI ${error.number}`);
}

function recordOf(name: string, reverse: boolean, value: string): DnsRecord {
  if (reverse) return { name, type: 'PTR', ttl: null, value, family: null };
  const family = value.includes(':') ? 6 : 4;
  return { name, type: family === 6 ? 'AAAA' : 'A', ttl: null, value, family };
}
