import type { InterfaceKind } from './model.ts';

export interface KindHints {
  /** The kind `ip -d` prints: `veth`, `bridge`, `vlan`. */
  readonly linkKind?: string | null;
  /** Of `link/ether`, `link/loopback`, `link/ppp`. */
  readonly linkType?: string | null;
  /** `DEVTYPE` of /sys/class/net/NAME/uevent: `wlan`, `gadget`, `wwan`. */
  readonly devType?: string | null;
  /** True when /sys or a Wi-Fi tool knows it as wireless. */
  readonly wireless?: boolean;
  readonly flags?: readonly string[];
}

const LINK_KINDS: Readonly<Record<string, InterfaceKind>> = {
  bridge: 'bridge',
  veth: 'veth',
  vlan: 'vlan',
  bond: 'bond',
  team: 'bond',
  tun: 'tunnel',
  wireguard: 'tunnel',
  gre: 'tunnel',
  sit: 'tunnel',
  ipip: 'tunnel',
  ip6tnl: 'tunnel',
  vti: 'tunnel',
  xfrm: 'tunnel',
  vxlan: 'virtual',
  macvlan: 'virtual',
  ipvlan: 'virtual',
  dummy: 'virtual',
  ifb: 'virtual',
  can: 'can',
  wlan: 'wifi',
  gadget: 'usb-gadget',
  wwan: 'cellular',
  ppp: 'ppp',
  loopback: 'loopback',
};

/** Names that tell the kind where nothing better does. First match wins. */
const NAMES: readonly (readonly [RegExp, InterfaceKind])[] = [
  [/^lo\d*$/, 'loopback'],
  [/^(docker\d|br-[0-9a-f]{12}$)/, 'docker'],
  [/^veth/, 'veth'],
  [/^(wl|wlan|wifi|ath|ra)\w*\d/, 'wifi'],
  [/[.]\d+$|^vlan\d/, 'vlan'],
  [/^(br|virbr|bridge|vmbr)-?\d/, 'bridge'],
  [/^(bond|team)\d/, 'bond'],
  [/^(tun|tap|wg|utun|tailscale|zt|gif|stf|sit|ip6tnl|gre|ipsec|nordlynx)\w*/, 'tunnel'],
  [/^ppp\d/, 'ppp'],
  [/^usb\d/, 'usb-gadget'],
  [/^(wwan|ww)\w*\d/, 'cellular'],
  [/^v?can\d/, 'can'],
  [/^(dummy|ifb|vxlan|awdl|llw|anpi|ap\d)/, 'virtual'],
  [/^(eth|en|end|em|igb|re|bge)\w*\d/, 'ethernet'],
];

/** What sort of interface it is, from what the system says before what its name suggests. */
export function interfaceKind(name: string, hints: KindHints = {}): InterfaceKind {
  if (hints.flags?.includes('LOOPBACK')) return 'loopback';
  if (/^(docker\d|br-[0-9a-f]{12}$)/.test(name)) return 'docker';
  if (hints.wireless) return 'wifi';
  for (const hint of [hints.devType, hints.linkKind, hints.linkType]) {
    // The inner end of a container's cable is its network card, whatever it is made of.
    if (hint === 'veth' && !name.startsWith('veth')) continue;
    const kind = hint ? LINK_KINDS[hint] : undefined;
    if (kind) return kind;
  }
  const named = NAMES.find(([pattern]) => pattern.test(name));
  if (named) return named[1];
  return hints.linkType === 'ether' ? 'ethernet' : 'unknown';
}
