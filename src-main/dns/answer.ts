/** The record types the page offers, in the order shown. */
export const RECORD_TYPES = ['A', 'AAAA', 'PTR', 'CNAME', 'MX', 'TXT', 'SRV', 'NS', 'SOA'] as const;
export type RecordType = (typeof RECORD_TYPES)[number];

/**
 * How a look-up ended. `not-found`: the name does not exist (NXDOMAIN). `no-data`: it exists without a record of this
 * type (RFC 2308). `server-failed`: SERVFAIL. `refused`: REFUSED. `no-server`: nothing listens at the server's address.
 * `no-network`: this computer has no way there. `off`: not asked, with the reason in `message`.
 */
export type Outcome =
  | 'found'
  | 'not-found'
  | 'no-data'
  | 'server-failed'
  | 'refused'
  | 'timed-out'
  | 'no-server'
  | 'no-network'
  | 'off'
  | 'failed';

/** One record of an answer. */
export interface DnsRecord {
  readonly name: string;
  /** `A`, `MX`; `TYPE65` for those without a name here (RFC 3597). */
  readonly type: string;
  /** Seconds it may be kept, or null where the resolver does not tell. */
  readonly ttl: number | null;
  /** As a zone file writes it: `10 mail.example.org`. */
  readonly value: string;
  /** The value when it is an address. */
  readonly family: 4 | 6 | null;
}

export interface DnsServerAddress {
  readonly address: string;
  readonly port: number;
}

/** Where the question was asked from. */
export type Origin =
  | { readonly kind: 'here'; readonly label: string }
  | { readonly kind: 'device'; readonly label: string; readonly deviceId: string };

/** Who answered. `system` is what every program on that computer gets; `server` one DNS server; `mdns` the machines themselves. */
export type ResolverKind = 'system' | 'server' | 'mdns';

/** How the question travelled. */
export type Transport = 'getaddrinfo' | 'udp' | 'tcp' | 'multicast';

/** What asked: this app itself, a program on the device, or this app through the device's SSH connection. */
export type Through = 'app' | 'python3' | 'getent' | 'avahi-resolve' | 'ssh-tunnel';

export interface Resolver {
  readonly kind: ResolverKind;
  /** For the head of the answer: `DNS server 192.168.1.1`. */
  readonly label: string;
  /** The server's address and port, or the interface asked by mDNS; null for the system resolver. */
  readonly server: string | null;
}

/** What a DNS message tells beyond its records. */
export interface ReplyFacts {
  /** The server is responsible for the name itself. */
  readonly authoritative: boolean;
  /** The records shown are not all: the reply was cut and could not be had over TCP. */
  readonly truncated: boolean;
  /** The reply was validated with DNSSEC, by the server's word. */
  readonly authenticated: boolean;
  /** Times the question was sent. */
  readonly attempts: number;
  /** Packets thrown away because they did not belong to the question (wrong id, wrong name, not DNS). */
  readonly ignored: number;
  readonly replyBytes: number;
  /** Seconds the absence may be remembered (RFC 2308), or null. */
  readonly negativeTtl: number | null;
}

/** One answer of one resolver; several stand side by side and may differ without anything being wrong. */
export interface LookupAnswer {
  /** Unique within a report. */
  readonly id: string;
  readonly origin: Origin;
  readonly resolver: Resolver;
  readonly transport: Transport;
  readonly through: Through;
  /** What was asked for; `A/AAAA` is what `getaddrinfo` asks in one go. */
  readonly type: RecordType | 'A/AAAA';
  readonly outcome: Outcome;
  readonly records: readonly DnsRecord[];
  /** Milliseconds from the question to the answer, measured where it was asked; null when nothing was asked. */
  readonly durationMs: number | null;
  /** `NXDOMAIN`, `SERVFAIL`, `ENOTFOUND`, `ETIMEDOUT` and the like; empty when found. */
  readonly code: string;
  /** One plain sentence. */
  readonly message: string;
  readonly hint: string;
  /** The exception that Python's `socket` functions raise for this, or null. */
  readonly python: string | null;
  readonly facts: ReplyFacts | null;
}

export interface LookupReport {
  /** What was asked, as a person writes it. */
  readonly name: string;
  /** The name as it went on the wire (ASCII), or the address. */
  readonly wireName: string;
  readonly kind: 'name' | 'address';
  readonly types: readonly RecordType[];
  /** Milliseconds since the epoch. */
  readonly askedAt: number;
  /** `found` as soon as one resolver found it. */
  readonly outcome: Outcome;
  /** One sentence over all answers. */
  readonly summary: string;
  /** Differences between the resolvers, explained. */
  readonly notes: readonly string[];
  readonly answers: readonly LookupAnswer[];
}
