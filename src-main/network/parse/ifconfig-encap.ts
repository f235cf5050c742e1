import { draftCounters, makeAddress, type Draft, type InterfaceDraft } from '../model/draft.ts';
import { parseAddress } from '../model/ip.ts';
import { interfaceKind } from '../model/kind.ts';
import { normaliseMac } from '../model/mac.ts';
import { parseMask } from '../model/mask.ts';
import type { AddressScope, Counters } from '../model/model.ts';

/** `Link encap:` in English and Spanish, and as net-tools 1.60 translated it into French, German and Portuguese. */
const HEAD = /^\S+\s+(?:Link encap|Lien encap|Protokoll|Encapsulamento do Link|Encap\. do link|IncapsulamentoLink) ?:/i;

/** True for `eth0      Link encap:Ethernet  HWaddr b8:27:...`, the layout of net-tools 1 and busybox. */
export const isEncapHead = (line: string): boolean => HEAD.test(line);

/** Fills in one interface from its block of the `Link encap:` layout. */
export function readEncapBlock(draft: InterfaceDraft, lines: readonly string[]): void {
  const [head = '', ...rest] = lines;
  draft.mac = findMac(head);
  const loopback = /encap ?:(Local Loopback|Boucle locale|Lokale Schleife|Bucle local)/i.test(head);
  for (const line of rest) readLine(draft, line.trim());
  const flags = loopback ? [...draft.flags, 'LOOPBACK'] : draft.flags;
  draft.kind = interfaceKind(draft.name, { flags, linkType: draft.mac ? 'ether' : null });
}

/** The address after HWaddr, whatever the label is called; the 16 bytes of an UNSPEC link are no MAC. */
function findMac(head: string): string | null {
  const word = head.split(/\s+/).find((each) => /^([0-9a-f]{2}[:-])+[0-9a-f]{2}$/i.test(each));
  return word === undefined ? null : normaliseMac(word);
}

function readLine(draft: InterfaceDraft, line: string): void {
  if (/\binet6|inet6\b/i.test(line)) readIpv6(draft, line);
  else if (/\binet\b/i.test(line)) readIpv4(draft, line);
  else if (/\bMTU:\d/.test(line)) readFlags(draft, line);
  else readCounters(draft, line);
}

/** `UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1`. */
function readFlags(draft: InterfaceDraft, line: string): void {
  draft.mtu = Number(/\bMTU:(\d+)/.exec(line)?.[1]);
  const words = line.slice(0, line.indexOf('MTU:')).trim().split(/\s+/).filter(Boolean);
  draft.flags = words.filter((word) => /^[A-Z]+$/.test(word));
  const translated = words.length > draft.flags.length || draft.flags.some((flag) => TRANSLATED_UP.has(flag));
  if (draft.flags.length === 0 || (translated && !draft.flags.includes('UP'))) {
    draft.problems.push(`The flags “${words.join(' ')}” of ${draft.name} are in a language this app does not read.`);
    return;
  }
  draft.state = draft.flags.includes('UP') ? 'up' : 'down';
  if (draft.state === 'up') draft.carrier = draft.flags.includes('RUNNING');
}

const TRANSLATED_UP: ReadonlySet<string> = new Set(['ACTIVO', 'ATIVO', 'AKTIV', 'ACTIF']);

/** What each label means by its beginning, in the languages net-tools was translated into. */
const LABELS: readonly (readonly [RegExp, 'mask' | 'broadcast' | 'peer'])[] = [
  [/^(net)?m[aá]s[ckq]/i, 'mask'],
  [/^(bcast|broadcast|diff?us|difus)/i, 'broadcast'],
  [/^(p-t-p|ptp|peer)/i, 'peer'],
];

/** `inet addr:10.0.0.5  Bcast:10.0.0.255  Mask:255.255.255.0`, and its translations. */
function readIpv4(draft: InterfaceDraft, line: string): void {
  const found: { mask?: string; broadcast?: string; peer?: string } = {};
  let text: string | null = null;
  for (const [, label = '', value = ''] of line.matchAll(/([^\s:]+):\s?([\d.]+)/g)) {
    const kind = LABELS.find(([pattern]) => pattern.test(label))?.[1];
    if (kind) found[kind] = value;
    else if (text === null) text = value;
    else
      draft.problems.push(`The label “${label}” of ${draft.name} is not known to this app, so ${value} was left out.`);
  }
  const address = text === null || !parseAddress(text) ? null : makeAddress({ text, ...found });
  if (!address) draft.problems.push(`“${line}” of ${draft.name} could not be read as an address.`);
  else draft.addresses.push(address);
  if (address && found.mask === undefined) {
    draft.problems.push(`The mask of ${address.address} on ${draft.name} could not be read.`);
  } else if (address && parseMask(found.mask ?? '').kind !== 'mask') {
    draft.problems.push(`${found.mask ?? ''} on ${draft.name} is not a valid mask.`);
  }
}

const SCOPES: readonly (readonly [RegExp, AddressScope])[] = [
  [/^(link|lien|verbindung|enlace|collegamento)/i, 'link'],
  [/^(global|globale|universell?)/i, 'global'],
  [/^(host|h[oôó]te|maschine|anfitri)/i, 'host'],
  [/^(site|standort|sitio)/i, 'site'],
];

/** `inet6 addr: fe80::1/64 Scope:Link`, and its translations. */
function readIpv6(draft: InterfaceDraft, line: string): void {
  const text = line.split(/\s+/).find((word) => parseAddress(word.split('/')[0] ?? '')?.family === 'ipv6');
  const label = /:([^\s:]+)\s*$/.exec(line)?.[1] ?? '';
  const address = makeAddress({
    text: text ?? '',
    scope: SCOPES.find(([pattern]) => pattern.test(label))?.[1] ?? null,
  });
  if (address) draft.addresses.push(address);
  else draft.problems.push(`“${line}” of ${draft.name} could not be read as an address.`);
}

const RX_WORDS: readonly (keyof Counters)[] = ['rxPackets', 'rxErrors', 'rxDropped', 'rxOverruns', 'rxFrame'];
const TX_WORDS: readonly (keyof Counters)[] = ['txPackets', 'txErrors', 'txDropped', 'txOverruns', 'txCarrier'];

/**
 * `RX packets:9 errors:0 dropped:0 overruns:0 frame:0`. The labels are translated but never their order, so the numbers
 * are taken by place; the line of totals holds each twice, `RX bytes:858 (858.0 B)`.
 */
function readCounters(draft: InterfaceDraft, line: string): void {
  const digits = [...line.matchAll(/:(\d+)/g)].map((match) => match[1] ?? '');
  if (digits.length === 0) return;
  const counters: Draft<Counters> = { ...(draft.counters ?? draftCounters()) };
  if (/:\d+ \([\d.,]+ ?\w+\)/.test(line)) {
    [counters.rxBytes = null, counters.txBytes = null] = digits;
  } else if (/txqueuelen|lg file transmission|Sendewarteschlangenl|long\.colaTX/i.test(line)) {
    [counters.collisions = null] = digits;
    draft.txQueueLength = digits[1] === undefined ? null : Number(digits[1]);
  } else if (digits.length >= 5) {
    // The first such line is what was received, the second what was sent, in every translation.
    const names = counters.rxPackets === null ? RX_WORDS : TX_WORDS;
    names.forEach((name, index) => (counters[name] = digits[index] ?? null));
  } else return;
  draft.counters = counters;
}
