import type { IconComponent } from '../../ui/index.ts';
import type { Tone } from '../../ui/index.ts';
import Box from '@lucide/svelte/icons/box';
import Cable from '@lucide/svelte/icons/cable';
import CircleHelp from '@lucide/svelte/icons/circle-question-mark';
import Container from '@lucide/svelte/icons/container';
import EthernetPort from '@lucide/svelte/icons/ethernet-port';
import Network from '@lucide/svelte/icons/network';
import RadioTower from '@lucide/svelte/icons/radio-tower';
import Repeat from '@lucide/svelte/icons/repeat';
import ShieldHalf from '@lucide/svelte/icons/shield-half';
import Usb from '@lucide/svelte/icons/usb';
import Wifi from '@lucide/svelte/icons/wifi';
import {
  isLocallyAdministered,
  isRaspberryPiMac,
  type InterfaceAddress,
  type InterfaceKind,
  type NetworkInterface,
  type WifiInfo,
} from '../../../src-main/api/network.ts';

/** What stands where nothing is known: never a zero, never a blank. */
export const UNKNOWN = 'Unknown';

interface KindWords {
  readonly label: string;
  readonly icon: IconComponent;
}

export const kindWords: Readonly<Record<InterfaceKind, KindWords>> = {
  ethernet: { label: 'Ethernet', icon: EthernetPort },
  wifi: { label: 'Wi-Fi', icon: Wifi },
  loopback: { label: 'Loopback', icon: Repeat },
  bridge: { label: 'Bridge', icon: Network },
  docker: { label: 'Docker bridge', icon: Container },
  veth: { label: 'Cable to a container', icon: Cable },
  vlan: { label: 'VLAN', icon: Network },
  bond: { label: 'Bond', icon: Network },
  tunnel: { label: 'Tunnel', icon: ShieldHalf },
  ppp: { label: 'Point-to-point', icon: Cable },
  'usb-gadget': { label: 'USB gadget', icon: Usb },
  cellular: { label: 'Mobile network', icon: RadioTower },
  can: { label: 'CAN bus', icon: Cable },
  virtual: { label: 'Virtual', icon: Box },
  unknown: { label: 'Kind unknown', icon: CircleHelp },
};

export interface StateWords {
  readonly label: string;
  readonly tone: Tone;
  readonly help: string;
}

/** Whether an interface works, in two or three words. */
export function stateWords({ state, carrier, kind }: NetworkInterface): StateWords {
  if (state === 'down') return { label: 'Down', tone: 'neutral', help: 'It is switched off.' };
  if (state === 'unknown') return { label: 'State unknown', tone: 'neutral', help: 'The text does not tell.' };
  if (carrier !== false) return { label: 'Up', tone: 'good', help: 'It is switched on and linked.' };
  return kind === 'wifi'
    ? { label: 'Up, not joined', tone: 'warn', help: 'It is switched on but has joined no Wi-Fi.' }
    : { label: 'Up, no cable', tone: 'warn', help: 'It is switched on but nothing is plugged in at one of its ends.' };
}

/** Whose number a MAC address is, where it tells. */
export function macNote(mac: string): string {
  if (isRaspberryPiMac(mac)) return 'Raspberry Pi';
  return isLocallyAdministered(mac) ? 'made up by software' : '';
}

const MARKS: Readonly<Partial<Record<InterfaceAddress['marks'][number], string>>> = {
  temporary: 'temporary',
  deprecated: 'deprecated',
  tentative: 'being checked',
  duplicate: 'used twice',
  dynamic: 'given by the network',
  secondary: 'secondary',
  anycast: 'anycast',
  detached: 'detached',
};

const SCOPES: Readonly<Record<NonNullable<InterfaceAddress['scope']>, string>> = {
  global: '',
  site: 'site-local',
  link: 'link-local',
  host: 'this machine only',
};

/** What is special about an address, each in a word or two. */
export function addressNotes({ label, scope, marks, peer, validSeconds }: InterfaceAddress): readonly string[] {
  return [
    label ?? '',
    scope === null ? '' : SCOPES[scope],
    ...marks.map((mark) => MARKS[mark] ?? ''),
    peer === null ? '' : `to ${peer}`,
    typeof validSeconds === 'number' ? `valid ${secondsText(validSeconds)} more` : '',
  ].filter((note) => note !== '');
}

/** `255.255.255.0 (/24)`; `/64` for IPv6; the mask as written when it is none; null when not known. */
export function maskText({ mask, prefix, invalidMask }: InterfaceAddress): string | null {
  if (invalidMask !== null) return `${invalidMask} (not a valid mask)`;
  if (prefix === null) return null;
  return mask === null ? `/${prefix}` : `${mask} (/${prefix})`;
}

/** `3 days`, `21 h 5 min`, `48 min`, `30 s`. */
export function secondsText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min` : `${seconds} s`;
}

/** `HomeNet, 5 GHz, channel 36, −52 dBm (good)`; null when not known. */
export function wifiText(wifi: WifiInfo): string | null {
  if (wifi.connected === false) return 'joined to no network';
  const parts = [
    wifi.ssid === null ? '' : `“${wifi.ssid}”`,
    wifi.band ?? '',
    wifi.channel === null ? '' : `channel ${wifi.channel}`,
    wifi.signalDbm === null ? '' : `${wifi.signalDbm} dBm (${signalWord(wifi.signalDbm)})`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? null : parts.join(', ');
}

function signalWord(dbm: number): string {
  if (dbm >= -60) return 'strong';
  return dbm >= -70 ? 'good' : dbm >= -80 ? 'weak' : 'very weak';
}

/** `1000 Mbit/s, full duplex`; null when not known. */
export function linkText({ speedMbps, duplex }: NetworkInterface): string | null {
  const parts = [speedMbps === null ? '' : `${speedMbps} Mbit/s`, duplex === null ? '' : `${duplex} duplex`];
  const known = parts.filter((part) => part !== '');
  return known.length === 0 ? null : known.join(', ');
}
