/**
 * What is known of one machine's network. A field that could not be read is null, never zero and never empty: an empty
 * list says "looked, there is none", null says "not known".
 */
export interface NetworkSnapshot {
  readonly about: SnapshotSubject;
  /** Milliseconds since the epoch, by this computer's clock. */
  readonly takenAt: number;
  readonly host: HostFacts;
  readonly interfaces: readonly NetworkInterface[];
  readonly routes: readonly Route[] | null;
  readonly dns: DnsSettings | null;
  readonly neighbours: readonly Neighbour[] | null;
  /** The machine's own `ifconfig -a`, word for word, or null where it has none. */
  readonly ifconfigText: string | null;
  readonly sources: SnapshotSources;
  /** What was there but could not be read, in sentences. */
  readonly problems: readonly string[];
}

export type SnapshotSubject = 'device' | 'this-computer' | 'pasted-text';

export interface HostFacts {
  readonly name: string | null;
  /** As `uname -sr` prints it: `Linux 6.6.31+rpt-rpi-v8`. */
  readonly system: string | null;
  /** The board: `Raspberry Pi 4 Model B Rev 1.4`. */
  readonly model: string | null;
}

/** Which tool or file each part was read from; null where nothing gave it. */
export interface SnapshotSources {
  readonly interfaces: string | null;
  readonly counters: string | null;
  readonly routes: string | null;
  readonly dns: string | null;
  readonly neighbours: string | null;
  readonly wifi: string | null;
}

export type AddressFamily = 'ipv4' | 'ipv6';

export type InterfaceKind =
  | 'ethernet'
  | 'wifi'
  | 'loopback'
  | 'bridge'
  | 'docker'
  | 'veth'
  | 'vlan'
  | 'bond'
  | 'tunnel'
  | 'ppp'
  | 'usb-gadget'
  | 'cellular'
  | 'can'
  | 'virtual'
  | 'unknown';

export interface NetworkInterface {
  readonly name: string;
  readonly altNames: readonly string[];
  /** The kernel's number of it, the zone of link-local addresses. */
  readonly index: number | null;
  readonly kind: InterfaceKind;
  /** Lower case with colons; null when it has none or it is not known. */
  readonly mac: string | null;
  readonly mtu: number | null;
  /** As the source writes them; ifconfig says RUNNING where ip says LOWER_UP. */
  readonly flags: readonly string[];
  /** Whether it is switched on; `carrier` says whether a cable or a network is there too. */
  readonly state: 'up' | 'down' | 'unknown';
  readonly carrier: boolean | null;
  readonly addresses: readonly InterfaceAddress[];
  readonly counters: Counters | null;
  readonly txQueueLength: number | null;
  readonly speedMbps: number | null;
  readonly duplex: 'full' | 'half' | null;
  /** The bridge or bond it belongs to. */
  readonly master: string | null;
  /** The interface a VLAN or a virtual one sits on. */
  readonly parent: string | null;
  readonly vlanId: number | null;
  readonly wifi: WifiInfo | null;
  /** Lines of its block that could not be read, in sentences. */
  readonly problems: readonly string[];
}

export type AddressScope = 'global' | 'site' | 'link' | 'host';

export type AddressMark =
  | 'temporary'
  | 'deprecated'
  | 'tentative'
  | 'duplicate'
  | 'dynamic'
  | 'secondary'
  | 'managed-temporary'
  | 'anycast'
  | 'detached';

export interface InterfaceAddress {
  readonly family: AddressFamily;
  /** Canonical (RFC 5952 for IPv6), without zone and prefix. */
  readonly address: string;
  readonly prefix: number | null;
  /** Dotted mask of an IPv4 address; null for IPv6 and when not known. */
  readonly mask: string | null;
  /** A mask as it was written when it is none, such as `255.0.255.0`; otherwise null. */
  readonly invalidMask: string | null;
  readonly broadcast: string | null;
  /** The other end of a point-to-point link. */
  readonly peer: string | null;
  readonly scope: AddressScope | null;
  /** `eth0:1` for an alias; null for the interface's own name. */
  readonly label: string | null;
  readonly marks: readonly AddressMark[];
  /** Seconds the address stays valid, `forever`, or null when not known. */
  readonly validSeconds: number | 'forever' | null;
}

/** Decimal digits: a 64-bit counter does not fit a JavaScript number. */
export type CounterText = string;

/** Totals since the interface appeared; null where the source does not tell. */
export interface Counters {
  readonly rxBytes: CounterText | null;
  readonly rxPackets: CounterText | null;
  readonly rxErrors: CounterText | null;
  readonly rxDropped: CounterText | null;
  readonly rxOverruns: CounterText | null;
  readonly rxFrame: CounterText | null;
  readonly txBytes: CounterText | null;
  readonly txPackets: CounterText | null;
  readonly txErrors: CounterText | null;
  readonly txDropped: CounterText | null;
  readonly txOverruns: CounterText | null;
  readonly txCarrier: CounterText | null;
  readonly collisions: CounterText | null;
}

export interface WifiInfo {
  /** False when it is switched on but joined to no network. */
  readonly connected: boolean | null;
  readonly ssid: string | null;
  /** The access point's address. */
  readonly bssid: string | null;
  readonly frequencyMhz: number | null;
  readonly channel: number | null;
  readonly band: '2.4 GHz' | '5 GHz' | '6 GHz' | '60 GHz' | null;
  readonly widthMhz: number | null;
  readonly signalDbm: number | null;
  readonly rxRateMbps: number | null;
  readonly txRateMbps: number | null;
  readonly txPowerDbm: number | null;
  /** `managed` for a client, `AP` for an access point. */
  readonly mode: string | null;
}

export interface Route {
  readonly family: AddressFamily;
  /** `default` or CIDR. */
  readonly destination: string;
  readonly gateway: string | null;
  readonly interface: string | null;
  /** Lower wins; null when the source does not tell, which Linux takes as 0. */
  readonly metric: number | null;
  /** The address this machine then speaks from. */
  readonly from: string | null;
  /** `kernel`, `dhcp`, `ra`, `static`, `boot`. */
  readonly protocol: string | null;
  readonly type: 'unicast' | 'unreachable' | 'blackhole' | 'prohibit' | 'other';
  /** True when its interface has no link, so that it is not used. */
  readonly linkDown: boolean;
}

/** A default route, in the order the system prefers them. */
export interface Gateway {
  readonly family: AddressFamily;
  /** Null for a point-to-point link, which needs none. */
  readonly address: string | null;
  readonly interface: string | null;
  readonly metric: number | null;
  /** True for the one of its family that traffic takes now. */
  readonly inUse: boolean;
}

export interface DnsServer {
  readonly address: string;
  /** The interface it was learnt on, when known. */
  readonly interface: string | null;
}

export interface DnsSettings {
  /** The servers asked in the end, not a local stub in front of them. */
  readonly servers: readonly DnsServer[];
  /** The local stub that programs ask, such as `127.0.0.53`; null without one. */
  readonly stub: string | null;
  /** False when only the stub is known, not what is behind it. */
  readonly behindStubKnown: boolean;
  readonly search: readonly string[];
  /** The program that wrote the settings, when its file says so: `NetworkManager`. */
  readonly managedBy: string | null;
}

export type NeighbourState =
  'reachable' | 'stale' | 'delay' | 'probe' | 'failed' | 'incomplete' | 'permanent' | 'noarp' | 'unknown';

export interface Neighbour {
  readonly family: AddressFamily;
  readonly address: string;
  /** Null while it has not answered. */
  readonly mac: string | null;
  readonly interface: string | null;
  readonly state: NeighbourState;
}
