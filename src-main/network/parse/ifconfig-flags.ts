import { draftCounters, draftWifi, makeAddress, type Draft, type InterfaceDraft } from '../model/draft.ts';
import { interfaceKind } from '../model/kind.ts';
import { normaliseMac } from '../model/mac.ts';
import type { AddressMark, AddressScope, Counters } from '../model/model.ts';

const HEAD = /^\S+:? +flags=/;

/** True for `eth0: flags=4163<UP,...>  mtu 1500`, the layout of net-tools 2 and of BSD. */
export const isFlagsHead = (line: string): boolean => HEAD.test(line);

/** Fills in one interface from its block of the `flags=` layout. */
export function readFlagsBlock(draft: InterfaceDraft, lines: readonly string[]): void {
  const [head = '', ...rest] = lines;
  draft.flags = (/<([^>]*)>/.exec(head)?.[1] ?? '').split(',').filter(Boolean);
  draft.mtu = numberAfter(head, 'mtu');
  if (draft.flags.length > 0) draft.state = draft.flags.includes('UP') ? 'up' : 'down';
  if (draft.state === 'up') draft.carrier = draft.flags.includes('RUNNING');
  for (const line of rest) readLine(draft, line.trim());
  draft.kind = interfaceKind(draft.name, {
    flags: draft.flags,
    wireless: draft.wifi !== null,
    linkType: linkType(draft),
  });
}

const linkType = (draft: InterfaceDraft): string | null => (draft.mac ? 'ether' : null);

function numberAfter(line: string, word: string): number | null {
  const digits = new RegExp(`\\b${word} (\\d+)`).exec(line)?.[1];
  return digits === undefined ? null : Number(digits);
}

function readLine(draft: InterfaceDraft, line: string): void {
  const words = line.split(/\s+/);
  switch (words[0]) {
    case 'inet':
    case 'inet6':
      readAddress(draft, words);
      break;
    case 'ether':
    case 'lladdr':
    case 'address:':
      draft.mac = normaliseMac(words[1] ?? '');
      draft.txQueueLength = numberAfter(line, 'txqueuelen') ?? draft.txQueueLength;
      break;
    case 'loop':
    case 'unspec':
    case 'ppp':
    case 'tunnel':
    case 'sit':
      draft.txQueueLength = numberAfter(line, 'txqueuelen');
      break;
    case 'RX':
    case 'TX':
      readCounters(draft, line);
      break;
    default:
      readBsdLine(draft, line);
  }
}

/** The lines only BSD and macOS print. */
function readBsdLine(draft: InterfaceDraft, line: string): void {
  const status = /^status: (.+)$/.exec(line)?.[1];
  if (status !== undefined) draft.carrier = /^(active|associated|running)/.test(status);
  const vlan = /^vlan: (\d+).* parent interface: (\S+)/.exec(line);
  if (vlan) [draft.vlanId, draft.parent] = [Number(vlan[1]), vlan[2] ?? null];
  const ssid = /^ssid (?:"([^"]*)"|(\S+))/.exec(line);
  if (ssid) draft.wifi = { ...draftWifi(), ssid: ssid[1] ?? ssid[2] ?? null };
  const media = /^media: .*?(\d+)base/i.exec(line)?.[1];
  if (media !== undefined) draft.speedMbps = Number(media);
  if (/<[^>]*full-duplex/.test(line)) draft.duplex = 'full';
  if (/<[^>]*half-duplex/.test(line)) draft.duplex = 'half';
}

const MARKS: Readonly<Record<string, AddressMark>> = {
  temporary: 'temporary',
  deprecated: 'deprecated',
  tentative: 'tentative',
  duplicated: 'duplicate',
  dynamic: 'dynamic',
  anycast: 'anycast',
  detached: 'detached',
};

/** `inet 10.0.0.5  netmask 255.255.255.0  broadcast 10.0.0.255`, `inet6 fe80::1%en0 prefixlen 64 scopeid 0x20<link>`. */
function readAddress(draft: InterfaceDraft, words: readonly string[]): void {
  const text = words[1] ?? '';
  const after = (...names: readonly string[]): string | null => {
    const at = words.findIndex((word, index) => index > 1 && names.includes(word));
    return at < 0 ? null : (words[at + 1] ?? null);
  };
  const prefix = after('prefixlen');
  const address = makeAddress({
    text,
    prefix: prefix !== null && /^\d{1,3}$/.test(prefix) ? Number(prefix) : null,
    mask: after('netmask'),
    broadcast: after('broadcast'),
    peer: after('destination', '-->'),
    scope: readScope(after('scopeid'), text),
    marks: words.flatMap((word) => MARKS[word] ?? []),
  });
  if (address) draft.addresses.push(address);
  else draft.problems.push(`“${words.join(' ')}” of ${draft.name} could not be read as an address.`);
}

/** net-tools writes the scope in words; BSD's scopeid is only the interface's number. */
function readScope(scopeId: string | null, text: string): AddressScope | null {
  const word = /<(.*)>/.exec(scopeId ?? '')?.[1];
  if (word === 'link' || word === 'global' || word === 'host' || word === 'site') return word;
  return /^fe80:/i.test(text) ? 'link' : null;
}

const COUNTER_WORDS: Readonly<Record<string, Readonly<Record<string, keyof Counters>>>> = {
  RX: {
    packets: 'rxPackets',
    bytes: 'rxBytes',
    errors: 'rxErrors',
    dropped: 'rxDropped',
    overruns: 'rxOverruns',
    frame: 'rxFrame',
  },
  TX: {
    packets: 'txPackets',
    bytes: 'txBytes',
    errors: 'txErrors',
    dropped: 'txDropped',
    overruns: 'txOverruns',
    carrier: 'txCarrier',
    collisions: 'collisions',
  },
};

/** `RX packets 6  bytes 432 (432.0 B)`; digits are kept as text, whatever their number. */
function readCounters(draft: InterfaceDraft, line: string): void {
  const counters: Draft<Counters> = { ...(draft.counters ?? draftCounters()) };
  const names = COUNTER_WORDS[line.slice(0, 2)] ?? {};
  for (const [, word = '', digits = ''] of line.slice(2).matchAll(/([a-z]+) (\d+)/g)) {
    const key = names[word];
    if (key) counters[key] = digits;
  }
  draft.counters = counters;
}
