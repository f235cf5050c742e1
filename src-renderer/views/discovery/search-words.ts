import type { FoundDevice, SearchNetwork, SearchState } from '../../../src-main/api/contract/discovery.ts';

/** `1 device`, `2 devices` */
export const count = (n: number, one: string, many: string): string =>
  `${n.toLocaleString('en')} ${n === 1 ? one : many}`;

/** `Wi-Fi wlan0, 192.168.1.0/24` */
export function networkLabel({ kind, adapter, cidr }: SearchNetwork): string {
  return [[kind, adapter].filter(Boolean).join(' '), cidr].join(', ');
}

/** What a person needs to choose: how many addresses, which is ours, and what is special. */
export function networkHelp({ size, address, note }: SearchNetwork): string {
  const here = address === '' ? '' : `This computer is ${address}.`;
  return [`${count(size, 'address', 'addresses')}.`, here, note].filter(Boolean).join(' ');
}

/** How the search does, in a sentence. Found is what is there now: not what is only written down, or has gone. */
export function searchText(search: SearchState, listed: readonly Pick<FoundDevice, 'presence'>[]): string {
  const found = listed.filter(isHere).length;
  const devices = count(found, 'device', 'devices');
  const asked = search.asked.toLocaleString('en');
  const all = count(search.total, 'address', 'addresses');
  switch (search.phase) {
    case 'never':
      return found === 0 ? 'Nothing has been searched yet.' : `${devices} noticed without a search.`;
    case 'running':
      return `Asked ${asked} of ${all}. ${found === 0 ? 'Nothing has answered yet.' : `${devices} found.`}`;
    case 'stopped':
      return found === 0
        ? `Stopped after ${asked} of ${all}, and nothing had answered. Search again to ask the rest.`
        : `Stopped after ${asked} of ${all}. ${devices} found.`;
    case 'done':
      return found === 0
        ? `Asked ${all}, and nothing answered. Go through the points below, then search again.`
        : `Asked ${all}. ${devices} found.`;
  }
}

export const isHere = ({ presence }: Pick<FoundDevice, 'presence'>): boolean => presence === 'here';

/** Whether it is there now. */
export function presenceText({ presence }: FoundDevice): string {
  if (presence === 'gone') return 'No longer answers';
  return presence === 'written' ? 'Not seen in the network' : '';
}
