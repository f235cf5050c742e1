import { addressRange } from '../model/ip.ts';
import type { NetworkInterface, NetworkSnapshot } from '../model/model.ts';
import { orderInterfaces } from '../model/order.ts';
import { isInSubnet, subnetOf } from '../model/subnet.ts';

/** One IPv4 address of one side, with its subnet. */
export interface PlacedSubnet {
  readonly interface: string;
  readonly address: string;
  readonly prefix: number;
  readonly mask: string;
  readonly network: string;
}

export interface SubnetVerdict {
  /** `one-sided`: the masks differ so that only one of the two sees the other as a neighbour. */
  readonly answer: 'same' | 'different' | 'one-sided' | 'same-machine' | 'unknown';
  /** The answer in a sentence. */
  readonly text: string;
  readonly here: PlacedSubnet | null;
  readonly device: PlacedSubnet | null;
  /** How it was worked out, line by line, as it is taught: address AND mask. */
  readonly working: readonly string[];
}

/**
 * Whether this computer and a device are in the same subnet, by IPv4. `contact` is the device's address in use, which
 * decides when there are several.
 */
export function compareSubnets(here: NetworkSnapshot, device: NetworkSnapshot, contact: string | null): SubnetVerdict {
  if (device.about === 'this-computer') return verdict('same-machine', 'This is the same machine.', null, null);
  const ours = placedSubnets(here.interfaces);
  const theirs = placedSubnets(device.interfaces).toSorted(
    (a, b) => Number(b.address === contact) - Number(a.address === contact),
  );
  const [us, them] = closestPair(ours, theirs);
  if (!us || !them) {
    const side = us ? 'the device' : 'this computer';
    return verdict('unknown', `Not known: no IPv4 address with a mask was read on ${side}.`, us, them);
  }
  const [weSee, theySee] = [sees(us, them), sees(them, us)];
  const text = `${us.address} (${us.interface}) and ${them.address} (${them.interface})`;
  if (weSee && theySee) return verdict('same', `Yes: ${text} are in the same subnet and talk directly.`, us, them);
  if (weSee || theySee) {
    return verdict(
      'one-sided',
      `Only one side thinks so: the masks ${us.mask} and ${them.mask} differ, so answers may get lost. Give both the same mask.`,
      us,
      them,
    );
  }
  return verdict(
    'different',
    `No: ${text} are in different subnets, so a router must pass packets between them.`,
    us,
    them,
  );
}

const INSIDE_ONLY: ReadonlySet<NetworkInterface['kind']> = new Set(['loopback', 'docker', 'veth']);

/** The IPv4 subnets a machine shows to others: not loopback, not the bridges of containers. */
export function placedSubnets(interfaces: readonly NetworkInterface[]): readonly PlacedSubnet[] {
  return orderInterfaces(interfaces)
    .filter(({ kind, state }) => !INSIDE_ONLY.has(kind) && state !== 'down')
    .flatMap(({ name, addresses }) =>
      addresses.flatMap(({ family, address, prefix, mask }) => {
        const subnet = family === 'ipv4' && prefix !== null && mask !== null ? subnetOf(address, prefix) : null;
        if (!subnet || mask === null || addressRange(address) === 'loopback') return [];
        return [{ interface: name, address, prefix: subnet.prefix, mask, network: subnet.network }];
      }),
    );
}

const sees = (a: PlacedSubnet, b: PlacedSubnet): boolean => isInSubnet(a.address, a.prefix, b.address);

/** The pair that sees each other, else one that does one way, else the first of each. */
function closestPair(
  ours: readonly PlacedSubnet[],
  theirs: readonly PlacedSubnet[],
): readonly [PlacedSubnet | null, PlacedSubnet | null] {
  const pairs = theirs.flatMap((them) => ours.map((us) => [us, them] as const));
  return (
    pairs.find(([us, them]) => sees(us, them) && sees(them, us)) ??
    pairs.find(([us, them]) => sees(us, them) || sees(them, us)) ?? [ours[0] ?? null, theirs[0] ?? null]
  );
}

function verdict(
  answer: SubnetVerdict['answer'],
  text: string,
  here: PlacedSubnet | null,
  device: PlacedSubnet | null,
): SubnetVerdict {
  const steps = [here ? step('This computer', here) : null, device ? step('The device', device) : null];
  return { answer, text, here, device, working: here && device ? steps.flatMap((line) => line ?? []) : [] };
}

const step = (side: string, { address, mask, network }: PlacedSubnet): string =>
  `${side}: ${address} AND ${mask} = ${network}`;
