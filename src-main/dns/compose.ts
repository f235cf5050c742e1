import type { LookupAnswer, Origin, RecordType, Resolver, Through, Transport } from './answer.ts';
import type { ServerAnswer } from './ask.ts';
import { reverseName } from './reverse.ts';
import { formatServer, type ConfiguredServer } from './servers.ts';
import type { Ask } from './request.ts';
import type { Question } from './wire.ts';
import { pythonException, wordsFor } from './words.ts';

type Asked = Pick<LookupAnswer, 'outcome' | 'code' | 'records' | 'durationMs'> & {
  readonly transport: Transport;
  readonly through: Through;
  readonly facts?: LookupAnswer['facts'];
  /** What Python really raised, where Python was asked. */
  readonly python?: string | null;
  readonly words?: { readonly message: string; readonly hint: string };
};

/** Puts what a resolver said into the form the page shows, with its words. */
export function composeAnswer(
  origin: Origin,
  resolver: Resolver,
  type: RecordType | 'A/AAAA',
  name: string,
  asked: Asked,
): LookupAnswer {
  const { outcome, code, records, durationMs, transport, through } = asked;
  const words = asked.words ?? wordsFor(outcome, { name, type, resolver, origin, code, recordCount: records.length });
  const who = origin.kind === 'here' ? 'here' : origin.deviceId;
  return {
    id: [who, resolver.kind, resolver.server ?? '', type].join('|'),
    origin,
    resolver,
    transport,
    through,
    type,
    outcome,
    records,
    durationMs,
    code,
    message: words.message,
    hint: words.hint,
    python: asked.python ?? (resolver.kind === 'system' ? pythonException(outcome, type) : null),
    facts: asked.facts ?? null,
  };
}

export function composeServerAnswer(
  origin: Origin,
  server: ConfiguredServer,
  type: RecordType,
  name: string,
  answer: ServerAnswer,
): LookupAnswer {
  return composeAnswer(origin, serverResolver(server), type, name, answer);
}

export const SYSTEM_RESOLVER: Resolver = { kind: 'system', label: 'System resolver', server: null };

export function serverResolver(server: ConfiguredServer): Resolver {
  const text = formatServer(server);
  return { kind: 'server', label: `DNS server ${text}`, server: text };
}

/** What a DNS server is asked for one type: the reverse name when an address was typed. */
export function questionOf(ask: Ask, type: RecordType): Question {
  return { name: ask.name.kind === 'address' ? reverseName(ask.name.wire) : ask.name.wire, type };
}

/** What a system's own resolver can tell, as one question. */
export type SystemType = 'A' | 'AAAA' | 'A/AAAA' | 'PTR';

/** The types that `getaddrinfo` can tell, as one question; null when none of them was asked for. */
export function systemType(ask: Ask): SystemType | null {
  if (ask.name.kind === 'address') return 'PTR';
  const v4 = ask.types.includes('A');
  const v6 = ask.types.includes('AAAA');
  return v4 && v6 ? 'A/AAAA' : v4 ? 'A' : v6 ? 'AAAA' : null;
}

/** The servers an origin shall ask: those it is set to use, then those the user named; each once. */
export function serversToAsk(ask: Ask, configured: readonly ConfiguredServer[]): readonly ConfiguredServer[] {
  const named = ask.servers.map((server) => ({ ...server, source: 'chosen', behindStub: null }));
  const all = [...(ask.configured ? configured : []), ...named];
  return all.filter((server, index) => all.findIndex((one) => formatServer(one) === formatServer(server)) === index);
}
