import type { CertificateSummary, Problem } from '../problem/index.ts';
import type { Entry, EntryKind } from './entry.ts';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface TlsSummary {
  readonly protocol: string;
  readonly cipher: string;
  /** Whether the certificate was found good. */
  readonly trusted: boolean;
  /** Why it is not trusted, as a sentence; empty when it is. */
  readonly reason: string;
  /** From the server's own certificate to its authority. */
  readonly certificates: readonly CertificateSummary[];
}

/** The payload of each kind of entry that is not data, kept as JSON. */
export interface EntryDetails {
  connect: {
    readonly local: Endpoint | null;
    readonly remote: Endpoint;
    /** Microseconds from the first try to the connection. */
    readonly tookUs: number;
    readonly tls: TlsSummary | null;
    /** The device whose tunnel carries it, or null. */
    readonly through: string | null;
  };
  accept: { readonly local: Endpoint | null; readonly remote: Endpoint; readonly refused: boolean };
  listen: { readonly local: Endpoint; readonly transport: 'tcp' | 'udp' };
  'half-close': { readonly unsentBytes: number };
  close: { readonly by: 'us' | 'peer' | 'error' | 'reset'; readonly text: string };
  error: Problem;
  note: { readonly text: string };
}

export type DetailKind = keyof EntryDetails;

/** An entry's details as one value to tell apart by `kind`. */
export type EntryDetail = { [K in DetailKind]: { readonly kind: K } & EntryDetails[K] }[DetailKind];

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeDetails<K extends DetailKind>(details: EntryDetails[K]): Uint8Array {
  return encoder.encode(JSON.stringify(details));
}

/** The details of an entry that is not data, or null for data and for details that cannot be read. */
export function decodeDetails(entry: Pick<Entry, 'kind' | 'bytes'>): EntryDetail | null {
  if (!isDetailKind(entry.kind)) return null;
  try {
    return { ...(JSON.parse(decoder.decode(entry.bytes)) as object), kind: entry.kind } as EntryDetail;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
}

function isDetailKind(kind: EntryKind): kind is DetailKind {
  return kind !== 'data';
}
