import { addressRange, isRaspberryPiMac, rankAddresses, type Candidate, type OwnAddress } from '../network/index.ts';
import { evidenceOf, likelihoodOf, scoreOf } from './evidence.ts';
import type { Group } from './merge.ts';
import type { FoundDevice, Sighting } from './model.ts';

export interface DescribeContext {
  readonly own: readonly OwnAddress[];
  /** How this system writes the zone of a link-local address: Windows by number. */
  readonly zoneForm: 'index' | 'name';
}

/** One machine for a person, from all that was noticed of it; null for what is not worth showing. */
export function describeGroup(group: Group, context: DescribeContext): Omit<FoundDevice, 'id'> | null {
  if (!isWorthShowing(group)) return null;
  const newestFirst = [...group].toSorted(byFreshness);
  const evidence = evidenceOf(newestFirst);
  const names = [...new Set(newestFirst.filter(({ live }) => live).flatMap((sighting) => sighting.names))];
  const saved = newestFirst.find(({ written }) => written?.kind === 'saved')?.written ?? null;
  const sshConfig = newestFirst.find(({ written }) => written?.kind === 'ssh-config')?.written ?? null;
  const addresses = addressesOf(newestFirst, context);
  const score = scoreOf(evidence);
  return {
    title: names[0] ?? sshConfig?.label ?? saved?.label ?? addresses[0]?.address ?? 'Unknown machine',
    names,
    addresses,
    mac: newestFirst.find(({ mac }) => mac !== null)?.mac ?? null,
    hostKey: newestFirst.find(({ ssh }) => ssh?.hostKey)?.ssh?.hostKey ?? null,
    ssh: bestSsh(newestFirst),
    agent:
      newestFirst.find(({ agent }) => agent?.version)?.agent ?? newestFirst.find(({ agent }) => agent)?.agent ?? null,
    evidence,
    score,
    likelihood: likelihoodOf(score),
    saved,
    sshConfig,
    sources: [...new Set(group.map(({ source }) => source))],
    lastSeenAt: Math.max(0, ...group.filter(({ live }) => live).map(({ at }) => at)),
    presence: presenceOf(group),
  };
}

/** Likely Pis first, then by name, so that rows keep their places. */
export function compareDevices(a: FoundDevice, b: FoundDevice): number {
  const rank = ({ presence, likelihood }: FoundDevice): number =>
    (presence === 'here' ? 0 : 10) + ['likely', 'possible', 'unknown'].indexOf(likelihood);
  return rank(a) - rank(b) || b.score - a.score || compareText(a.title, b.title) || compareText(a.id, b.id);
}

const compareText = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

/** A saved device alone is in the list already; an old neighbour may be gone for long, unless it could be the Pi looked for. */
function isWorthShowing(group: Group): boolean {
  return group.some(({ source, stale, mac }) => {
    if (source === 'saved') return false;
    return source !== 'neighbours' || !stale || (mac !== null && isRaspberryPiMac(mac));
  });
}

const SOURCE_ORDER: readonly Sighting['source'][] = ['sweep', 'mdns', 'neighbours', 'ssh-config', 'saved'];

function byFreshness(a: Sighting, b: Sighting): number {
  const rank = (one: Sighting): number => (one.live ? 0 : 20) + (one.stale ? 10 : 0) + SOURCE_ORDER.indexOf(one.source);
  return rank(a) - rank(b) || b.at - a.at;
}

function bestSsh(sightings: Group): FoundDevice['ssh'] {
  const known = sightings.flatMap(({ ssh }) => ssh ?? []);
  return (
    known.find(({ state, banner }) => state === 'open' && banner !== null) ??
    known.find(({ state }) => state === 'open') ??
    known[0] ??
    null
  );
}

function presenceOf(group: Group): FoundDevice['presence'] {
  const live = group.filter((sighting) => sighting.live);
  if (live.length === 0) return 'written';
  return live.some(({ stale }) => !stale) ? 'here' : 'gone';
}

/** What was heard live, the freshest first; else what is written down. */
function addressesOf(sightings: Group, { own, zoneForm }: DescribeContext): FoundDevice['addresses'] {
  const live = sightings.filter((sighting) => sighting.live);
  const candidates = new Map<string, Candidate>();
  for (const { addresses, heardOn } of live.length > 0 ? live : sightings) {
    for (const address of addresses) {
      const known = candidates.get(address);
      if (!known?.heardOn) candidates.set(address, heardOn === null ? { address } : { address, heardOn });
    }
  }
  const all = [...candidates.values()];
  const loopback = all
    .filter(({ address }) => addressRange(address) === 'loopback')
    .map(({ address }) => ({ address, reason: 'this computer itself' }));
  return [...rankAddresses(all, own, zoneForm), ...loopback];
}
