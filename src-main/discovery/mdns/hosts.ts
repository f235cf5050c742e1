import type { Answer, Question } from 'dns-packet';
import { normaliseMac, parseAddress } from '../../network/index.ts';
import type { Sighting } from '../model.ts';

/** Who sent an answer, by which of our adapters, and when (milliseconds since the epoch). */
export interface AnsweredBy {
  readonly address: string;
  readonly heardOn: { readonly name: string; readonly index: number | null };
  readonly at: number;
}

/** What a machine worth showing announces. */
export const SERVICE_TYPES = [
  '_ssh._tcp',
  '_sftp-ssh._tcp',
  '_udisks-ssh._tcp',
  '_workstation._tcp',
  '_pi-workbench._tcp',
] as const;

/** Milliseconds of silence after which a machine counts as gone: three rounds of questions unanswered. */
export const STALE_AFTER_MS = 75_000;
/** Milliseconds of silence after which it is forgotten. */
const FORGET_AFTER_MS = 10 * 60_000;
/** A network that names more machines than this is playing tricks. */
const MOST_HOSTS = 1000;

interface Host {
  readonly key: string;
  readonly name: string;
  readonly heardOn: AnsweredBy['heardOn'];
  readonly addresses: Map<'A' | 'AAAA' | 'PTR', readonly string[]>;
  readonly services: Set<string>;
  mac: string | null;
  agentPort: number | null;
  seenAt: number;
  gone: boolean;
}

/**
 * The machines that mDNS answers tell of. Each is kept by who answered and its host name, for two machines may use one
 * name. The lifetimes in the answers are not used: answers to a question from another port than 5353 say ten seconds at
 * most (RFC 6762, section 6.7), so a machine counts as gone by when it was last heard.
 */
export class MdnsHosts {
  readonly #hosts = new Map<string, Host>();

  /** Takes the records of one response. Gives the questions that would complete it. */
  take(records: readonly Answer[], from: AnsweredBy): Question[] {
    for (const record of records) {
      if (record.type === 'PTR') this.#takeReverse(record.name, record.data, record.ttl ?? 0, from);
    }
    for (const type of ['A', 'AAAA'] as const) this.#takeAddresses(type, records, from);
    for (const record of records) if (record.type === 'SRV') this.#takeService(record, from);
    return missing(records);
  }

  sightings(now: number): readonly Sighting[] {
    for (const [key, host] of this.#hosts) if (now - host.seenAt > FORGET_AFTER_MS) this.#hosts.delete(key);
    return [...this.#hosts.values()].filter(({ addresses }) => addresses.size > 0).map((host) => toSighting(host, now));
  }

  /** Their names: asked for in every round, they show who is still there. */
  get names(): ReadonlySet<string> {
    return new Set([...this.#hosts.values()].map(({ name }) => name));
  }

  #host(name: string, from: AnsweredBy): Host | undefined {
    const key = `${from.heardOn.name} ${from.address} ${name}`;
    const known = this.#hosts.get(key);
    if (known || this.#hosts.size >= MOST_HOSTS || !isHostName(name)) return known;
    const made: Host = {
      key,
      name,
      heardOn: from.heardOn,
      addresses: new Map(),
      services: new Set(),
      mac: null,
      agentPort: null,
      seenAt: from.at,
      gone: false,
    };
    this.#hosts.set(key, made);
    return made;
  }

  #takeReverse(owner: string, target: string, ttl: number, from: AnsweredBy): void {
    const address = addressOfReverse(owner);
    const host = address === null ? undefined : this.#host(lower(target), from);
    if (host && address !== null) hear(host, { type: 'PTR', addresses: [address], ttl, at: from.at });
  }

  /** All addresses of a name come in one response, so they replace what was known (RFC 6762, section 10.2). */
  #takeAddresses(type: 'A' | 'AAAA', records: readonly Answer[], from: AnsweredBy): void {
    const byName = new Map<string, { addresses: string[]; ttl: number }>();
    for (const record of records) {
      const address = record.type === type ? parseAddress(record.data)?.address : undefined;
      if (record.type !== type || address === undefined) continue;
      const one = byName.get(lower(record.name)) ?? { addresses: [], ttl: 0 };
      one.addresses.push(address);
      one.ttl = Math.max(one.ttl, record.ttl ?? 0);
      byName.set(lower(record.name), one);
    }
    for (const [name, { addresses, ttl }] of byName) {
      const host = this.#host(name, from);
      if (host) hear(host, { type, addresses, ttl, at: from.at });
    }
  }

  #takeService(record: Extract<Answer, { type: 'SRV' }>, from: AnsweredBy): void {
    const service = serviceOf(record.name);
    const host = service === undefined ? undefined : this.#host(lower(record.data.target), from);
    if (!host || service === undefined) return;
    if (record.ttl === 0) {
      host.services.delete(service);
      return;
    }
    host.services.add(service);
    if (service === '_pi-workbench._tcp') host.agentPort = record.data.port;
    // `raspberrypi [b8:27:eb:12:34:56]._workstation._tcp.local`: avahi puts the MAC into the name.
    const mac = service === '_workstation._tcp' ? /\[([0-9a-f:]{17})\]/i.exec(record.name)?.[1] : undefined;
    if (mac !== undefined) host.mac = normaliseMac(mac);
  }
}

const lower = (name: string): string => name.replace(/\.$/, '').toLowerCase();
const isServiceType = (name: string): boolean => SERVICE_TYPES.some((type) => lower(name) === `${type}.local`);
const serviceOf = (instance: string): string | undefined =>
  SERVICE_TYPES.find((type) => lower(instance).endsWith(`.${type}.local`));

/** Letters, digits and hyphens, and what people use besides, ending in `.local`. */
const isHostName = (name: string): boolean => /^[\p{L}\p{N}_-]{1,63}(\.[\p{L}\p{N}_-]{1,63})*\.local$/u.test(name);

/** What these records name but do not tell. */
function missing(records: readonly Answer[]): Question[] {
  const questions: Question[] = [];
  const addressed = new Set(records.flatMap((record) => (record.type === 'A' ? lower(record.name) : [])));
  const described = new Set(records.flatMap((record) => (record.type === 'SRV' ? lower(record.name) : [])));
  for (const record of records) {
    if (record.type === 'PTR' && isServiceType(record.name) && record.ttl !== 0 && !described.has(lower(record.data))) {
      questions.push({ type: 'SRV', name: record.data });
    }
    // Asked for in every round, not only the first: the address may have changed since.
    if (record.type === 'SRV' && record.ttl !== 0 && !addressed.has(lower(record.data.target))) {
      questions.push({ type: 'A', name: record.data.target }, { type: 'AAAA', name: record.data.target });
    }
  }
  return questions;
}

interface HeardAddresses {
  readonly type: 'A' | 'AAAA' | 'PTR';
  readonly addresses: readonly string[];
  /** 0 is a goodbye (RFC 6762, section 10.1). */
  readonly ttl: number;
  readonly at: number;
}

function hear(host: Host, { type, addresses, ttl, at }: HeardAddresses): void {
  if (ttl === 0) {
    host.gone = true;
    return;
  }
  host.addresses.set(type, addresses);
  host.seenAt = at;
  host.gone = false;
}

/** `31.0.77.10.in-addr.arpa` as an address; null for any other name. */
function addressOfReverse(name: string): string | null {
  const match = /^(\d{1,3}(?:\.\d{1,3}){3})\.in-addr\.arpa$/.exec(lower(name));
  return match?.[1] === undefined ? null : (parseAddress(match[1].split('.').reverse().join('.'))?.address ?? null);
}

function toSighting(host: Host, now: number): Sighting {
  return {
    source: 'mdns',
    key: host.key,
    at: host.seenAt,
    addresses: [...new Set([...host.addresses.values()].flat())],
    heardOn: host.heardOn,
    mac: host.mac,
    names: [host.name],
    ssh: null,
    agent: host.agentPort === null ? null : { port: host.agentPort, version: null },
    services: [...host.services],
    live: true,
    stale: host.gone || now - host.seenAt > STALE_AFTER_MS,
    written: null,
  };
}
