import type { DnsServerAddress, LookupAnswer, RecordType } from './answer.ts';
import type { CheckedName } from './name.ts';

export interface LookupRequest {
  readonly name: string;
  /** Empty chooses by itself: A and AAAA for a name, PTR for an address. */
  readonly types: readonly RecordType[];
  /** Ask this computer's resolvers. */
  readonly here: boolean;
  /** Devices that are asked to look up as well. */
  readonly deviceIds: readonly string[];
  readonly system: boolean;
  /** Ask the DNS servers each computer is set to use. */
  readonly configured: boolean;
  /** More DNS servers, `1.1.1.1` or `192.168.1.1:5353`. */
  readonly servers: readonly string[];
  readonly mdns: boolean;
  /** Milliseconds each resolver gets; default 5 000. */
  readonly timeoutMs?: number;
}

export interface LookupOptions {
  readonly signal?: AbortSignal;
  /** Called with each answer as it comes. */
  readonly onAnswer?: (answer: LookupAnswer) => void;
}

/** One question that an origin's resolvers shall answer, checked and complete. */
export interface Ask {
  readonly name: CheckedName & { readonly ok: true };
  readonly types: readonly RecordType[];
  readonly system: boolean;
  readonly configured: boolean;
  readonly servers: readonly DnsServerAddress[];
  readonly mdns: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly give: (answer: LookupAnswer) => void;
}
