import type { Sighting } from './model.ts';

/** Sightings that belong to one machine. */
export type Group = readonly Sighting[];

/** A MAC that stands for more addresses than this is a router or extender answering for others (proxy ARP). */
const MOST_ADDRESSES_OF_ONE_MAC = 8;

/**
 * Puts together what belongs to one machine. Identity is the MAC or the SSH host key. An address joins unless the MACs
 * or host keys contradict; a name is only a label, and joins what is merely written down to the one machine that has it.
 */
export function groupSightings(sightings: readonly Sighting[]): readonly Group[] {
  const sets = new Groups(sightings);
  const proxies = proxyMacs(sightings);
  sets.join(
    ({ mac }) => (mac === null || proxies.has(mac) ? [] : [mac]),
    () => true,
  );
  sets.join(({ addresses, heardOn }) => addresses.flatMap((address) => scoped(address, heardOn)), agree);
  sets.join(({ ssh }) => (ssh?.hostKey ? [ssh.hostKey] : []), sameMachine);
  return attachWritten(sets.groups());
}

/**
 * Link-local addresses mean nothing without the adapter: two machines on two cables may have the same. An adapter is known by
 * its name, or by its number where one source tells only that (RFC 4007, section 11).
 */
function scoped(address: string, heardOn: Sighting['heardOn']): readonly string[] {
  if (!address.startsWith('fe80:')) return [address];
  return [heardOn?.name, heardOn?.index].flatMap((zone) => (zone ? `${address}%${zone}` : []));
}

function proxyMacs(sightings: readonly Sighting[]): ReadonlySet<string> {
  const addresses = new Map<string, Set<string>>();
  for (const { mac, addresses: seen } of sightings) {
    if (mac === null) continue;
    const known = addresses.get(mac) ?? new Set();
    for (const address of seen) if (address.includes('.')) known.add(address);
    addresses.set(mac, known);
  }
  return new Set([...addresses].filter(([, seen]) => seen.size > MOST_ADDRESSES_OF_ONE_MAC).map(([mac]) => mac));
}

const macsOf = (group: Group): Set<string> => new Set(group.flatMap(({ mac }) => mac ?? []));
const keysOf = (group: Group): Set<string> => new Set(group.flatMap(({ ssh }) => ssh?.hostKey ?? []));
const mdnsNamesOf = (group: Group): Set<string> =>
  new Set(group.flatMap(({ source, names }) => (source === 'mdns' ? names : [])));

const contradict = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size > 0 && b.size > 0 && !overlap(a, b);

const overlap = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => [...a].some((one) => b.has(one));

/** At one address: the same machine unless MACs differ, or host keys do where no MAC says that it is the same. */
function agree(a: Group, b: Group): boolean {
  const [macA, macB] = [macsOf(a), macsOf(b)];
  if (contradict(macA, macB)) return false;
  return (macA.size > 0 && macB.size > 0) || !contradict(keysOf(a), keysOf(b));
}

/**
 * With one host key: a Pi on cable and Wi-Fi has two MACs and one name, but copies of one SD card have two MACs and two
 * names, for avahi renames the second.
 */
function sameMachine(a: Group, b: Group): boolean {
  return !contradict(macsOf(a), macsOf(b)) || !contradict(mdnsNamesOf(a), mdnsNamesOf(b));
}

/** Adds each entry that is merely written down to the live group that it means, when that is exactly one. */
function attachWritten(groups: readonly Group[]): readonly Group[] {
  const live = groups.filter((group) => group.some((sighting) => sighting.live)).map((group) => [...group]);
  const alone: Sighting[][] = [];
  for (const group of groups.filter((one) => !one.some((sighting) => sighting.live))) {
    const names = new Set(group.flatMap((sighting) => sighting.names));
    const meant = live.filter((one) => one.some((sighting) => sighting.names.some((name) => names.has(name))));
    const [only] = meant;
    if (only && meant.length === 1 && agree(only, group)) only.push(...group);
    else alone.push([...group]);
  }
  return [...live, ...alone];
}

/** Disjoint sets of sightings (union-find), joined only where a rule agrees. */
class Groups {
  readonly #groups: Map<number, Sighting[]>;
  readonly #of: number[];
  readonly #sightings: readonly Sighting[];

  constructor(sightings: readonly Sighting[]) {
    this.#sightings = sightings;
    this.#of = sightings.map((_, at) => at);
    this.#groups = new Map(sightings.map((sighting, at) => [at, [sighting]]));
  }

  join(keysOf: (sighting: Sighting) => readonly string[], agree: (a: Group, b: Group) => boolean): void {
    const holders = new Map<string, number[]>();
    this.#sightings.forEach((sighting, at) => {
      for (const key of keysOf(sighting)) {
        const earlier = holders.get(key) ?? [];
        for (const other of earlier) this.#union(other, at, agree);
        holders.set(key, [...earlier, at]);
      }
    });
  }

  groups(): readonly Group[] {
    return [...this.#groups.values()];
  }

  #union(a: number, b: number, agree: (a: Group, b: Group) => boolean): void {
    const [first = 0, second = 0] = [this.#of[a], this.#of[b]].toSorted((x = 0, y = 0) => x - y);
    if (first === second) return;
    const [into = [], from = []] = [this.#groups.get(first), this.#groups.get(second)];
    if (!agree(into, from)) return;
    into.push(...from);
    this.#groups.delete(second);
    this.#of.forEach((group, at) => {
      if (group === second) this.#of[at] = first;
    });
  }
}
