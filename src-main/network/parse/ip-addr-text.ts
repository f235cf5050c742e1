import { draftCounters, draftInterface, makeAddress, type Draft, type InterfaceDraft } from '../model/draft.ts';
import { parseAddress } from '../model/ip.ts';
import { interfaceKind } from '../model/kind.ts';
import { normaliseMac } from '../model/mac.ts';
import type { AddressMark, Counters, InterfaceAddress, NetworkInterface } from '../model/model.ts';
import { linkState, readScope } from './ip-words.ts';

const HEAD = /^(\d+): ([^\s@]+?)(?:@(\S+?))?: <([^>]*)>(.*)$/;
const ONE_LINE = /^(\d+): (\S+)\s+(inet6? .*)$/;
const BRIEF = /^([^\s@:]+)(?:@(\S+))?\s+(UP|DOWN|UNKNOWN|LOWERLAYERDOWN|DORMANT|TESTING|NOTPRESENT)\b\s*(.*)$/;

/** True for a line that begins an interface in the output of `ip addr`, `ip link`, or their `-o` and `-br` forms. */
export function isIpAddrHead(line: string): boolean {
  return HEAD.test(line) || ONE_LINE.test(line) || isBrief(line);
}

/** A brief line has only addresses, or a MAC and flags, after the state. */
function isBrief(line: string): boolean {
  const rest = BRIEF.exec(line)?.[4];
  if (rest === undefined) return false;
  const words = rest.split(/\s+/).filter(Boolean);
  return words.every((word, at) => isBriefWord(word) || (words[at - 1] === 'metric' && /^\d+$/.test(word)));
}

function isBriefWord(word: string): boolean {
  if (word === 'peer' || word === 'metric' || /^<[A-Z0-9_,-]*>$/.test(word)) return true;
  return normaliseMac(word) !== null || parseAddress(word.split('/')[0] ?? '') !== null;
}

/** One interface while its lines are read. */
interface Reading {
  readonly draft: InterfaceDraft;
  linkType: string | null;
  linkKind: string | null;
  /** Words over the numbers of the line that follows, when the last line was `RX:` or `TX:`. */
  columns: { readonly way: 'rx' | 'tx'; readonly words: readonly string[] } | null;
}

/** Reads `ip addr` or `ip link`, also with `-s`, `-d`, `-o` or `-br`, of iproute2 of any age and of busybox. */
export function parseIpAddrText(text: string): readonly NetworkInterface[] {
  const readings = new Map<string, Reading>();
  let current: Reading | null = null;
  // With -o the lines of one interface are joined by backslashes.
  for (const line of text.replace(/\\\s*/g, '\n    ').split(/\r?\n/)) {
    const started: Reading | null = startReading(readings, line);
    if (started) current = started;
    else if (current && /^\s/.test(line)) readDetail(current, line.trim());
  }
  for (const { draft, linkKind, linkType } of readings.values()) {
    draft.kind = interfaceKind(draft.name, { flags: draft.flags, linkKind, linkType });
  }
  return [...readings.values()].map(({ draft }) => draft);
}

function startReading(readings: Map<string, Reading>, line: string): Reading | null {
  const head = HEAD.exec(line);
  if (head) return readHead(readings, head);
  const oneLine = ONE_LINE.exec(line);
  if (oneLine) {
    const reading = readingOf(readings, oneLine[2] ?? '');
    reading.draft.index = Number(oneLine[1]);
    readDetail(reading, oneLine[3] ?? '');
    return reading;
  }
  if (!isBrief(line)) return null;
  const [, name = '', parent, state = '', rest = ''] = BRIEF.exec(line) ?? [];
  const reading = readingOf(readings, name);
  reading.draft.parent = readParent(name, parent);
  readBrief(reading.draft, state, rest);
  return reading;
}

function readingOf(readings: Map<string, Reading>, name: string): Reading {
  const known = readings.get(name);
  if (known) return known;
  const reading: Reading = { draft: draftInterface(name), linkType: null, linkKind: null, columns: null };
  readings.set(name, reading);
  return reading;
}

function readHead(
  readings: Map<string, Reading>,
  [, index, name = '', parent, flags = '', rest = '']: string[],
): Reading {
  const reading = readingOf(readings, name);
  const { draft } = reading;
  draft.index = Number(index);
  draft.parent = readParent(name, parent);
  draft.flags = flags.split(',').filter(Boolean);
  Object.assign(draft, linkState(draft.flags, wordAfter(rest, 'state')));
  draft.mtu = numberAfter(rest, 'mtu');
  draft.txQueueLength = numberAfter(rest, 'qlen');
  draft.master = wordAfter(rest, 'master');
  return reading;
}

/** `eth0@if2` names an interface of another namespace, and busybox prints a wrong one there: `eth0@eth0`. */
function readParent(name: string, parent: string | undefined): string | null {
  return parent === undefined || /^if\d+$|^NONE$/.test(parent) || parent === name ? null : parent;
}

function wordAfter(text: string, word: string): string | null {
  return new RegExp(`(?:^|\\s)${word} (\\S+)`).exec(text)?.[1] ?? null;
}

function numberAfter(text: string, word: string): number | null {
  const found = wordAfter(text, word);
  return found !== null && /^\d+$/.test(found) ? Number(found) : null;
}

function readDetail(reading: Reading, line: string): void {
  const { draft, columns } = reading;
  const [first = '', second = ''] = line.split(/\s+/);
  if (columns && /^[\d\s]+$/.test(line)) {
    draft.counters = readNumbers(draft.counters, columns.way, columns.words, line.trim().split(/\s+/));
    reading.columns = null;
  } else if (first === 'inet' || first === 'inet6') addAddress(draft, line);
  else if (first === 'valid_lft') readLifetime(draft, second);
  else if (first === 'RX:' || first === 'TX:') {
    reading.columns = { way: first === 'RX:' ? 'rx' : 'tx', words: line.split(/\s+/).slice(1) };
  } else if (first === 'altname') draft.altNames.push(second);
  else if (first.startsWith('link/')) {
    reading.linkType = first.slice('link/'.length);
    if (reading.linkType === 'ether') draft.mac = normaliseMac(second);
  } else if (reading.linkType !== null && reading.linkKind === null && /^[a-z][a-z0-9]*$/.test(first)) {
    reading.linkKind = first;
    if (first === 'vlan') draft.vlanId = numberAfter(line, 'id');
  }
}

const MARKS: Readonly<Record<string, AddressMark>> = {
  temporary: 'temporary',
  deprecated: 'deprecated',
  tentative: 'tentative',
  dadfailed: 'duplicate',
  dynamic: 'dynamic',
  secondary: 'secondary',
  mngtmpaddr: 'managed-temporary',
};

/** `inet 10.0.0.5/24 metric 100 brd 10.0.0.255 scope global secondary eth0:1`; what follows the scope are marks and label. */
function addAddress(draft: InterfaceDraft, line: string): void {
  const words = line.split(/\s+/);
  const peer = wordAfter(line, 'peer');
  const text = words[1] ?? '';
  const afterScope = line
    .slice(Math.max(0, line.search(/\sscope /)))
    .split(/\s+/)
    .slice(3);
  const label =
    words[0] === 'inet'
      ? (afterScope.filter((word) => !(word in MARKS) && word !== 'noprefixroute').at(-1) ?? null)
      : null;
  const address = makeAddress({
    text: peer?.includes('/') ? `${text}/${peer.split('/')[1] ?? ''}` : text,
    broadcast: wordAfter(line, 'brd'),
    peer,
    scope: readScope(wordAfter(line, 'scope')),
    label: label === draft.name || label === '' ? null : label,
    marks: [...new Set(afterScope.flatMap((word) => MARKS[word] ?? []))],
  });
  if (address) draft.addresses.push(address);
  else draft.problems.push(`“${line}” of ${draft.name} could not be read as an address.`);
}

function readLifetime(draft: InterfaceDraft, word: string): void {
  const last = draft.addresses.at(-1);
  if (!last) return;
  const seconds = /^(\d+)sec$/.exec(word)?.[1];
  const validSeconds: InterfaceAddress['validSeconds'] =
    word === 'forever' ? 'forever' : seconds === undefined ? null : Number(seconds);
  draft.addresses.splice(-1, 1, { ...last, validSeconds });
}

/** Names of the columns in every release: `overrun` until 5.13, `missed` since. */
const COLUMNS: Readonly<Record<'rx' | 'tx', Readonly<Record<string, keyof Counters>>>> = {
  rx: { bytes: 'rxBytes', packets: 'rxPackets', errors: 'rxErrors', dropped: 'rxDropped' },
  tx: {
    bytes: 'txBytes',
    packets: 'txPackets',
    errors: 'txErrors',
    dropped: 'txDropped',
    carrier: 'txCarrier',
    collsns: 'collisions',
  },
};

function readNumbers(
  known: Counters | null,
  way: 'rx' | 'tx',
  words: readonly string[],
  digits: readonly string[],
): Counters {
  const counters: Draft<Counters> = { ...(known ?? draftCounters()) };
  words.forEach((word, index) => {
    const key = COLUMNS[way][word];
    if (key) counters[key] = digits[index] ?? null;
  });
  return counters;
}

/** The rest of a brief line: addresses, or a MAC and flags. */
function readBrief(draft: InterfaceDraft, state: string, rest: string): void {
  const flags = /<([^>]*)>/.exec(rest)?.[1];
  if (flags !== undefined) draft.flags = flags.split(',').filter(Boolean);
  if (flags !== undefined) Object.assign(draft, linkState(draft.flags, state));
  // A brief address line does not tell "switched off" from "no cable", so only UP says something.
  else if (state === 'UP') Object.assign(draft, { state: 'up', carrier: true });
  const words = rest
    .replace(/<[^>]*>/, '')
    .split(/\s+/)
    .filter(Boolean);
  words.forEach((word, index) => {
    if (word === 'peer' || words[index - 1] === 'peer' || word === 'metric' || words[index - 1] === 'metric') return;
    const mac = normaliseMac(word);
    if (mac !== null) draft.mac = mac === '00:00:00:00:00:00' ? null : mac;
    else
      addAddress(
        draft,
        `inet${word.includes(':') ? '6' : ''} ${word}${words[index + 1] === 'peer' ? ` peer ${words[index + 2] ?? ''}` : ''}`,
      );
  });
}
