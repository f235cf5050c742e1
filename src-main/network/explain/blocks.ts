import { parseArpLine, parseIpNeighLine } from '../parse/neighbours.ts';
import { isIfconfigHead } from '../parse/ifconfig.ts';
import { isIpAddrHead } from '../parse/ip-addr-text.ts';
import { isIpRouteLine } from '../parse/ip-route-text.ts';
import { isRouteTableRow } from '../parse/route-table.ts';
import type { CleanLine } from './clean.ts';

/** What a stretch of pasted text is the output of. */
export type BlockKind =
  | 'ifconfig'
  | 'ip addr'
  | 'ip route'
  | 'route'
  | 'netstat'
  | 'neighbours'
  | 'resolv.conf'
  | 'resolvectl'
  | 'nmcli'
  | 'iw'
  | 'iwconfig'
  | '/proc/net/dev'
  | 'json';

export interface Block {
  readonly kind: BlockKind;
  readonly lines: string[];
  readonly command: string | null;
}

export interface Split {
  readonly blocks: readonly Block[];
  /** Lines nothing here can read, without blank ones. */
  readonly unread: readonly string[];
}

/** How each kind of text is known by a line of it; the first that fits wins. */
const HEADS: readonly (readonly [BlockKind, (line: string) => boolean])[] = [
  ['json', (line) => /^\s*\[\s*(\{|$)/.test(line)],
  ['ifconfig', isIfconfigHead],
  ['iwconfig', (line) => /^\S+\s+(IEEE 802\.11|no wireless extensions|unassociated\s)/.test(line)],
  ['iw', (line) => /^(phy#\d+|\s*Interface \w+$|Connected to [0-9a-f:]{17} \(on|Not connected\.)/.test(line)],
  ['ip addr', isIpAddrHead],
  ['route', (line) => /\bGenmask\b|^Kernel IPv?6? rout|Next Hop\s+Flag/i.test(line) || isRouteTableRow(line)],
  ['netstat', (line) => /^(Routing tables|Internet6?:)\s*$/.test(line) || /^Destination\s+Gateway\s+Flags/.test(line)],
  ['neighbours', (line) => /HWtype|^IP address\s+HW type|^Interface: [\d.]+ --- 0x/.test(line)],
  ['neighbours', (line) => parseIpNeighLine(line) !== null || parseArpLine(line) !== null],
  ['ip route', isIpRouteLine],
  ['resolv.conf', (line) => /^\s*(nameserver|search|domain|options)\s+\S/.test(line)],
  ['resolvectl', (line) => /^\s*(Global\s*(:|$)|Link \d+ \([^)]+\))/.test(line)],
  ['nmcli', (line) => /^(GENERAL|IP4|IP6|WIRED-PROPERTIES)\.[A-Z]/.test(line)],
  ['/proc/net/dev', (line) => /^Inter-\|/.test(line)],
];

/** Kinds whose rows are not indented and carry no head of their own. */
const ROWS: Readonly<Partial<Record<BlockKind, (line: string) => boolean>>> = {
  '/proc/net/dev': (line) => /^\s*\S+:\s*\d|\|/.test(line),
  netstat: (line) => /^\S+\s+\S+\s+U\S*\s/.test(line) || /^Destination/.test(line),
  neighbours: (line) => /Internet Address|^Address\s/.test(line),
  'ip route': (line) => /^\s*nexthop\b/.test(line),
  json: () => true,
};

/** Cuts cleaned text into the outputs of single tools, in their order. */
export function splitBlocks(lines: readonly CleanLine[]): Split {
  const blocks: Block[] = [];
  const unread: string[] = [];
  let current = null as Block | null;
  for (const { text, command } of lines) {
    if (current && current.command !== command) current = null;
    const kind = current?.kind === 'json' ? 'json' : kindOf(text);
    if (current && (kind === current.kind || (kind === null && continues(current, text)))) current.lines.push(text);
    else if (kind !== null) {
      current = { kind, lines: [text], command };
      blocks.push(current);
    } else if (text.trim() !== '') {
      current = null;
      unread.push(text.trim());
    }
    if (current?.kind === 'json' && isBalanced(current.lines)) current = null;
  }
  return { blocks, unread };
}

const kindOf = (line: string): BlockKind | null => HEADS.find(([, fits]) => fits(line))?.[0] ?? null;

function continues(block: Block, line: string): boolean {
  return line.trim() === '' || /^\s+\S/.test(line) || (ROWS[block.kind]?.(line) ?? false);
}

/** True when every bracket opened outside of strings is closed. */
function isBalanced(lines: readonly string[]): boolean {
  const bare = lines.join('\n').replace(/"(?:[^"\\]|\\.)*"/g, '');
  return [...bare].reduce((depth, each) => depth + Number(/[[{]/.test(each)) - Number(/[\]}]/.test(each)), 0) <= 0;
}
