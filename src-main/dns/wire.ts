import { decode, encode, RECURSION_DESIRED, type Answer, type DecodedPacket } from 'dns-packet';
import type { DnsRecord, RecordType } from './answer.ts';

export interface Question {
  /** ASCII, without the final dot. */
  readonly name: string;
  readonly type: RecordType;
}

/** A reply as dns-packet decodes it; its types leave `rcode` out. */
export type Reply = DecodedPacket & { readonly rcode: string; readonly id: number; readonly type: string };

/** What most servers and firewalls let through without fragments (DNS flag day 2020). */
const UDP_PAYLOAD = 1232;

/** One question, recursion wanted, with EDNS (RFC 6891) unless a server does not know it. */
export function encodeQuery(id: number, question: Question, edns: boolean): Buffer {
  return encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED,
    questions: [{ name: question.name, type: question.type, class: 'IN' }],
    additionals: edns ? [optRecord()] : [],
  });
}

/** The reply in `bytes` when it belongs to the question, else null: wrong id, other name, a query, or no DNS at all. */
export function decodeReply(bytes: Uint8Array, id: number, question: Question): Reply | null {
  const reply = decodeMessage(bytes);
  if (reply === null || reply.type !== 'response' || reply.id !== id) return null;
  const asked = reply.questions?.[0];
  // A server that could not even read the question may leave it out (RFC 1035, section 4.1.1, format error).
  if (asked === undefined) return reply.rcode === 'FORMERR' || reply.flag_tc ? reply : null;
  return sameName(asked.name, question.name) && asked.type === question.type ? reply : null;
}

/** Any DNS message, or null for bytes that are none. */
export function decodeMessage(bytes: Uint8Array): Reply | null {
  try {
    const message = decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)) as Reply;
    // It reads an address to its end whether the packet goes so far or not.
    return decode.bytes <= bytes.byteLength ? message : null;
  } catch {
    return null;
  }
}

/** DNS names are equal without regard to case (RFC 4343). */
export function sameName(a: string, b: string): boolean {
  return a.replace(/\.$/, '').toLowerCase() === b.replace(/\.$/, '').toLowerCase();
}

/** Records as a person reads them, in the order received; EDNS's own is left out. */
export function readRecords(answers: readonly Answer[] | undefined): DnsRecord[] {
  return (answers ?? []).flatMap((answer) => {
    if (answer.type === 'OPT') return [];
    return [
      {
        name: answer.name,
        type: answer.type.replace(/^UNKNOWN_/, 'TYPE'),
        ttl: answer.ttl ?? null,
        value: valueOf(answer),
        family: answer.type === 'A' ? 4 : answer.type === 'AAAA' ? 6 : null,
      } satisfies DnsRecord,
    ];
  });
}

/** Seconds an absence may be remembered: the smaller of the SOA's own TTL and its minimum (RFC 2308, section 5). */
export function negativeTtl(reply: Reply): number | null {
  for (const record of reply.authorities ?? []) {
    if (record.type === 'SOA') return Math.min(record.ttl ?? 0, record.data.minimum ?? 0);
  }
  return null;
}

function valueOf(answer: Exclude<Answer, { type: 'OPT' }>): string {
  switch (answer.type) {
    case 'A':
    case 'AAAA':
    case 'CNAME':
    case 'DNAME':
    case 'NS':
    case 'PTR':
      return answer.data;
    case 'MX':
      return `${answer.data.preference ?? 0} ${answer.data.exchange}`;
    case 'SRV':
      return `${answer.data.priority ?? 0} ${answer.data.weight ?? 0} ${answer.data.port} ${answer.data.target}`;
    case 'SOA': {
      const { mname, rname, serial, refresh, retry, expire, minimum } = answer.data;
      return [mname, rname, serial, refresh, retry, expire, minimum].join(' ');
    }
    case 'TXT':
      return [answer.data].flat().map(quoted).join(' ');
    default:
      return unnamedValue(answer.data);
  }
}

/** RFC 3597 for what has no text form here: `\# 4 c0000201`. */
function unnamedValue(data: unknown): string {
  if (Buffer.isBuffer(data)) return `\\# ${data.length}${data.length > 0 ? ` ${data.toString('hex')}` : ''}`;
  return JSON.stringify(data);
}

/** A character string between quotes; bytes outside printable ASCII as `\DDD` unless they are valid UTF-8 (RFC 1035, section 5.1). */
function quoted(part: string | Buffer): string {
  const bytes = Buffer.isBuffer(part) ? part : Buffer.from(part);
  const text = bytes.toString('utf8');
  const faithful = Buffer.from(text).equals(bytes);
  const shown = faithful ? text : bytes.toString('latin1');
  const escaped = shown.replace(/["\\]/g, '\\$&').replace(faithful ? /[\x00-\x1f\x7f]/g : /[^\x20-\x7e]/g, decimal);
  return `"${escaped}"`;
}

function decimal(character: string): string {
  return `\\${String(character.charCodeAt(0)).padStart(3, '0')}`;
}

function optRecord(): Answer {
  return {
    type: 'OPT',
    name: '.',
    udpPayloadSize: UDP_PAYLOAD,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
}
