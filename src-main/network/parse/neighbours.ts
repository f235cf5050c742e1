import { parseAddress } from '../model/ip.ts';
import { normaliseMac } from '../model/mac.ts';
import type { Neighbour, NeighbourState } from '../model/model.ts';
import { JsonRecord, parseExactJson } from './exact-json.ts';

const STATES: readonly NeighbourState[] = [
  'reachable',
  'stale',
  'delay',
  'probe',
  'failed',
  'incomplete',
  'permanent',
  'noarp',
];

const readState = (word: string | undefined): NeighbourState =>
  STATES.find((state) => state === word?.toLowerCase()) ?? 'unknown';

function neighbour(text: string, mac: string | null, device: string | null, state: NeighbourState): Neighbour | null {
  const parsed = parseAddress(text);
  if (!parsed) return null;
  const known = mac === null ? null : normaliseMac(mac);
  return {
    family: parsed.family,
    address: parsed.address,
    mac: known === '00:00:00:00:00:00' ? null : known,
    interface: device ?? parsed.zone,
    state,
  };
}

/** Reads `ip -json neigh`; null when the text is no such JSON. */
export function parseIpNeighJson(text: string): readonly Neighbour[] | null {
  const json = parseExactJson(text);
  if (!Array.isArray(json)) return null;
  return JsonRecord.listFrom(json).flatMap((record) => {
    const state = readState(record.texts('state')[0]);
    return neighbour(record.text('dst') ?? '', record.text('lladdr'), record.text('dev'), state) ?? [];
  });
}

/** One line of `ip neigh`: `192.168.1.1 dev eth0 lladdr b8:27:eb:12:34:56 REACHABLE`. */
export function parseIpNeighLine(line: string): Neighbour | null {
  const words = line.trim().split(/\s+/);
  const after = (word: string): string | null =>
    words.includes(word) ? (words[words.indexOf(word) + 1] ?? null) : null;
  const state = readState(words.at(-1));
  if (!words.includes('lladdr') && (state === 'unknown' || !words.includes('dev'))) return null;
  return neighbour(words[0] ?? '', after('lladdr'), after('dev'), state);
}

/**
 * One line of `arp`, `arp -n`, `arp -an` (Linux, busybox, macOS, Windows) or /proc/net/arp. An entry that has an address
 * is called `unknown`, for arp does not say how fresh it is.
 */
export function parseArpLine(line: string): Neighbour | null {
  return readParentheses(line) ?? readProcRow(line) ?? readTableRow(line) ?? readWindowsRow(line);
}

/** `? (192.168.1.1) at b8:27:eb:12:34:56 [ether] PERM on eth0`, `... at 8:0:27:1:2:3 on en0 ifscope [ethernet]`. */
function readParentheses(line: string): Neighbour | null {
  const match = /^\s*\S+ \(([0-9a-f.:%\w]+)\) at (\S+)/i.exec(line);
  if (!match) return null;
  const device = /\son (\S+)/.exec(line)?.[1] ?? null;
  const incomplete = /incomplete/.test(match[2] ?? '');
  const state = incomplete ? 'incomplete' : /\b(PERM|permanent)\b/.test(line) ? 'permanent' : 'unknown';
  return neighbour(match[1] ?? '', incomplete ? null : (match[2] ?? null), device, state);
}

/** `192.168.1.1   0x1   0x2   b8:27:eb:12:34:56   *   eth0` with the flags ATF_COM 2 and ATF_PERM 4. */
function readProcRow(line: string): Neighbour | null {
  const match = /^(\S+)\s+0x\w+\s+(0x\w+)\s+(\S+)\s+\S+\s+(\S+)\s*$/.exec(line);
  if (!match) return null;
  const flags = Number(match[2]);
  const state = (flags & 4) !== 0 ? 'permanent' : (flags & 2) !== 0 ? 'unknown' : 'incomplete';
  return neighbour(match[1] ?? '', match[3] ?? null, match[4] ?? null, state);
}

/** `192.168.1.1   ether   b8:27:eb:12:34:56   C   eth0`, or `(incomplete)` for type and address. */
function readTableRow(line: string): Neighbour | null {
  const incomplete = /^(\S+)\s+\((?:incomplete|unvollst\S*|incompl\S*)\)\s+(\S+)\s*$/i.exec(line);
  if (incomplete) return neighbour(incomplete[1] ?? '', null, incomplete[2] ?? null, 'incomplete');
  const match = /^(\S+)\s+ether\s+(\S+)\s+([A-Z]+)\s+(?:\S+\s+)?(\S+)\s*$/.exec(line);
  if (!match) return null;
  const state = match[3]?.includes('M') ? 'permanent' : 'unknown';
  return neighbour(match[1] ?? '', match[2] ?? null, match[4] ?? null, state);
}

/** `  192.168.1.1   00-11-22-33-44-55   dynamic` of Windows, in any language. */
function readWindowsRow(line: string): Neighbour | null {
  const match = /^\s+([\d.]+)\s+([0-9a-f]{2}(?:-[0-9a-f]{2}){5})\s+(\S+)\s*$/i.exec(line);
  if (!match) return null;
  return neighbour(match[1] ?? '', match[2] ?? null, null, /^sta/i.test(match[3] ?? '') ? 'permanent' : 'unknown');
}

/** Reads the output of `ip neigh`, `arp` or the text of /proc/net/arp. */
export function parseNeighbours(text: string): readonly Neighbour[] {
  return text.split(/\r?\n/).flatMap((line) => parseIpNeighLine(line) ?? parseArpLine(line) ?? []);
}
