import * as v from 'valibot';
import type { HistoryEntry } from '../../dns/history.ts';
import type { LookupAnswer, LookupReport } from '../../dns/answer.ts';
import { RECORD_TYPES } from '../../dns/answer.ts';
import type { ConfiguredServer } from '../../dns/servers.ts';
import { call, type CallMap, type EventMap } from '../definition.ts';

/** What this computer can ask, for the head of the page. */
export interface LocalResolversInfo {
  readonly servers: readonly ConfiguredServer[];
  /** Names of the adapters that mDNS may use. */
  readonly mdnsInterfaces: readonly string[];
  /** Why mDNS has no adapter, or empty. */
  readonly mdnsOffReason: string;
}

const lookupArgs = v.object({
  name: v.pipe(v.string(), v.maxLength(512)),
  /** Empty: A and AAAA for a name, PTR for an address. */
  types: v.pipe(v.array(v.picklist(RECORD_TYPES)), v.maxLength(RECORD_TYPES.length)),
  here: v.boolean(),
  deviceIds: v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(200))), v.maxLength(8)),
  system: v.boolean(),
  configured: v.boolean(),
  servers: v.pipe(v.array(v.pipe(v.string(), v.maxLength(100))), v.maxLength(8)),
  mdns: v.boolean(),
  /** Milliseconds each resolver gets. */
  timeoutMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(60_000))),
});

export const dnsCalls = {
  /** Asks all chosen resolvers at the same time; each answer is reported as it comes. */
  'dns.lookup': call<LookupReport, LookupAnswer>()(lookupArgs),
  'dns.resolvers': call<LocalResolversInfo>()(v.object({})),
  'dns.history': call<readonly HistoryEntry[]>()(v.object({})),
  'dns.clearHistory': call<null>()(v.object({})),
} satisfies CallMap;

export const dnsEvents = {} satisfies EventMap;
