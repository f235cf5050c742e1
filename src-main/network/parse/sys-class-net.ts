import { draftInterface, type InterfaceDraft } from '../model/draft.ts';
import { flagNames } from '../model/interface-flags.ts';
import { interfaceKind } from '../model/kind.ts';
import { normaliseMac } from '../model/mac.ts';
import type { NetworkInterface } from '../model/model.ts';

/** ARPHRD_* of linux/if_arp.h. */
const LINK_TYPES: Readonly<Record<string, string>> = { '1': 'ether', '772': 'loopback', '512': 'ppp', '280': 'can' };

/**
 * Reads what the collector's script prints of /sys/class/net: lines of interface, attribute and value between tabs.
 * Attributes a driver does not answer (speed of a down link) are simply missing.
 */
export function parseSysClassNet(text: string): readonly NetworkInterface[] {
  const facts = new Map<string, Map<string, string>>();
  for (const line of text.split(/\r?\n/)) {
    const [name = '', attribute = '', ...value] = line.split('\t');
    if (name === '' || attribute === '') continue;
    const known = facts.get(name) ?? new Map<string, string>();
    facts.set(name, known.set(attribute, value.join('\t')));
  }
  return [...facts].map(([name, attributes]) => readInterface(draftInterface(name), attributes));
}

function readInterface(draft: InterfaceDraft, facts: ReadonlyMap<string, string>): NetworkInterface {
  const number = (key: string): number | null => {
    const text = facts.get(key) ?? '';
    return /^-?\d+$/.test(text) ? Number(text) : null;
  };
  const flags = Number.parseInt(facts.get('flags') ?? '', 16);
  const linkType = LINK_TYPES[facts.get('type') ?? ''] ?? null;
  draft.index = number('ifindex');
  draft.mtu = number('mtu');
  draft.txQueueLength = number('tx_queue_len');
  if (!Number.isNaN(flags)) {
    draft.flags = flagNames(flags);
    draft.state = draft.flags.includes('UP') ? 'up' : 'down';
  }
  draft.carrier = draft.state === 'up' ? readCarrier(facts) : null;
  draft.mac = linkType === 'ether' ? normaliseMac(facts.get('address') ?? '') : null;
  const speed = number('speed');
  draft.speedMbps = speed !== null && speed > 0 ? speed : null;
  const duplex = facts.get('duplex');
  draft.duplex = duplex === 'full' || duplex === 'half' ? duplex : null;
  draft.master = facts.get('master') ?? null;
  draft.kind = interfaceKind(draft.name, {
    flags: draft.flags,
    linkType,
    devType: facts.get('devtype'),
    wireless: facts.has('wireless'),
    linkKind: facts.has('bridge') ? 'bridge' : facts.has('bonding') ? 'bond' : facts.has('tun_flags') ? 'tun' : null,
  });
  return draft;
}

function readCarrier(facts: ReadonlyMap<string, string>): boolean | null {
  const carrier = facts.get('carrier');
  return carrier === '1' ? true : carrier === '0' ? false : null;
}
