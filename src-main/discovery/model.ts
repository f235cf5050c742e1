/** The ways a device can come to notice. Each works, and fails, alone. */
export const SOURCES = ['mdns', 'neighbours', 'sweep', 'ssh-config', 'saved'] as const;
export type SourceName = (typeof SOURCES)[number];

/** One thing one source noticed. Times are milliseconds since the epoch. */
export interface Sighting {
  readonly source: SourceName;
  /** What the source knows it by: a later sighting with the same source and key replaces the earlier one. */
  readonly key: string;
  readonly at: number;
  /** Canonical, without zone. */
  readonly addresses: readonly string[];
  /** Our own adapter it was heard on: the zone of its link-local addresses. */
  readonly heardOn: { readonly name: string; readonly index: number | null } | null;
  /** Lower case with colons. */
  readonly mac: string | null;
  /** Lower case, without a final dot: `raspberrypi.local`. */
  readonly names: readonly string[];
  readonly ssh: SshSighting | null;
  readonly agent: AgentSighting | null;
  /** mDNS service types it announces: `_ssh._tcp`. */
  readonly services: readonly string[];
  /** False for what is only written down (`ssh-config`, `saved`): it proves nothing about now. */
  readonly live: boolean;
  /** True once its source has not heard from it for too long. */
  readonly stale: boolean;
  /** The entry of the list of devices, or the `Host` of `~/.ssh/config`, it comes from. */
  readonly written: WrittenDevice | null;
}

export interface SshSighting {
  readonly port: number;
  readonly state: 'open' | 'refused';
  /** The server's identification string (RFC 4253, section 4.2), or null when it sent none in time. */
  readonly banner: string | null;
  /** `SHA256:...` of its host key, or null when it was not shown. */
  readonly hostKey: string | null;
}

export interface AgentSighting {
  readonly port: number;
  /** Null when the agent lets only others in. */
  readonly version: string | null;
}

export interface WrittenDevice {
  readonly kind: 'saved' | 'ssh-config';
  /** Id in the list of devices, or the alias of `~/.ssh/config`. */
  readonly id: string;
  readonly label: string;
  readonly host: string;
  readonly user: string | null;
  readonly port: number;
}

/** One reason to believe that a device is there, or is a Pi, for a person: "Raspberry Pi Ltd MAC". */
export interface Evidence {
  readonly kind:
    | 'mac'
    | 'name'
    | 'banner'
    | 'ssh'
    | 'agent'
    | 'service'
    | 'neighbour'
    | 'ssh-config'
    | 'saved'
    | 'host-key'
    | 'doubt';
  readonly text: string;
  /** What it means, in a sentence. */
  readonly detail: string;
  /** What it adds to the score. */
  readonly points: number;
}

/** How much speaks for a Raspberry Pi. */
export type Likelihood = 'likely' | 'possible' | 'unknown';

/** One machine, put together from all that was noticed of it. */
export interface FoundDevice {
  /** Stays the same while the device is shown, whatever is learnt about it. */
  readonly id: string;
  /** The best label: a name, else an address. Only a label: two devices may share it. */
  readonly title: string;
  readonly names: readonly string[];
  /** The best one to connect to first; a link-local one carries its zone. */
  readonly addresses: readonly { readonly address: string; readonly reason: string }[];
  readonly mac: string | null;
  readonly hostKey: string | null;
  readonly ssh: SshSighting | null;
  readonly agent: AgentSighting | null;
  readonly evidence: readonly Evidence[];
  readonly score: number;
  readonly likelihood: Likelihood;
  readonly saved: WrittenDevice | null;
  readonly sshConfig: WrittenDevice | null;
  readonly sources: readonly SourceName[];
  readonly lastSeenAt: number;
  /** `gone` when every live source has lost it; `written` when nothing live has seen it yet. */
  readonly presence: 'here' | 'gone' | 'written';
}

/** How a source does. `reason` says in words why it is off or works in part. */
export interface SourceState {
  readonly source: SourceName;
  readonly state: 'idle' | 'working' | 'partly' | 'off';
  readonly reason: string;
}

/** A network of this computer that can be searched. */
export interface SearchNetwork {
  /** `192.168.1.0/24` */
  readonly cidr: string;
  /** This computer's adapter in it; empty for a network that `--networks` names and no adapter is in. */
  readonly adapter: string;
  /** This computer's address in it, or empty. */
  readonly address: string;
  /** `Cable`, `Wi-Fi`, `VPN`, `Docker` ...: for a person. */
  readonly kind: string;
  /** Addresses a search asks. */
  readonly size: number;
  /** True for a network around this computer, or one that `--networks` names; false for a VPN, Docker and the like. */
  readonly nearby: boolean;
  /** True when it is searched unless the person says otherwise. */
  readonly ticked: boolean;
  /** Why it is not ticked, or why it is special; empty when there is nothing to say. */
  readonly note: string;
  /** True when a search of it must be confirmed first. */
  readonly large: boolean;
}

export interface SearchState {
  readonly phase: 'never' | 'running' | 'done' | 'stopped';
  readonly networks: readonly string[];
  readonly asked: number;
  readonly total: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** What a person must know about the result, in sentences. */
  readonly warnings: readonly string[];
}

export interface FoundList {
  /** Grows with every change. */
  readonly number: number;
  readonly devices: readonly FoundDevice[];
  readonly sources: readonly SourceState[];
  readonly search: SearchState;
}

/** What changed since the list before: `number` is one more than that list's. */
export interface FoundChange {
  readonly number: number;
  /** Devices that are new or different. */
  readonly changed: readonly FoundDevice[];
  readonly removed: readonly string[];
  /** All device ids in the order shown. */
  readonly order: readonly string[];
  readonly sources: readonly SourceState[];
  readonly search: SearchState;
}

export interface SearchOptions {
  /** CIDRs, as `networks` of this service lists them or others of private addresses. */
  readonly networks: readonly string[];
  /** True when the person agreed to a search of more than 4096 addresses. */
  readonly large: boolean;
  readonly sshPort: number;
  readonly agentPort: number;
  /** A host name the person gives, asked for over mDNS; empty for none. */
  readonly name: string;
}
