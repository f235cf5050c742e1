import type { PayloadInput } from '../payload/index.ts';

export type AddressFamily = 'any' | 'ipv4' | 'ipv6';

/** What a client sends by itself to learn whether the other side still answers. */
export interface Heartbeat {
  readonly payload: PayloadInput;
  readonly everyMs: number;
  /** Milliseconds without any received byte after a heartbeat until the row says "no answer". */
  readonly answerWithinMs: number;
}

export interface TlsOptions {
  /** Whether a certificate that cannot be trusted ends the connection. */
  readonly verify: boolean;
  /** The name asked for (SNI) and checked; empty for the host as typed. */
  readonly serverName: string;
}

export interface TcpClientOptions {
  readonly kind: 'tcp-client';
  readonly host: string;
  readonly port: number;
  readonly family: AddressFamily;
  /** The port on this side; null lets the system choose. */
  readonly localPort: number | null;
  readonly noDelay: boolean;
  readonly keepAlive: boolean;
  readonly connectTimeoutMs: number;
  /** Bytes that one `recv` takes at most: the largest chunk. */
  readonly receiveSize: number;
  readonly reconnect: boolean;
  readonly tls: TlsOptions | null;
  readonly heartbeat: Heartbeat | null;
  /** The device whose SSH tunnel carries the connection, or null for a direct one. */
  readonly through: string | null;
}

export interface TcpListenerOptions {
  readonly kind: 'tcp-listener';
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly backlog: number;
  readonly noDelay: boolean;
  readonly keepAlive: boolean;
  readonly receiveSize: number;
  readonly responder: ResponderOptions;
}

export interface UdpClientOptions {
  readonly kind: 'udp-client';
  readonly host: string;
  readonly port: number;
  readonly family: AddressFamily;
  readonly localPort: number | null;
  readonly heartbeat: Heartbeat | null;
}

export interface UdpListenerOptions {
  readonly kind: 'udp-listener';
  readonly host: string;
  readonly port: number;
  readonly responder: ResponderOptions;
}

export type SessionOptions = TcpClientOptions | TcpListenerOptions | UdpClientOptions | UdpListenerOptions;

/** How a rule looks at what was received. */
export type RuleMatch =
  | { readonly kind: 'contains'; readonly payload: PayloadInput }
  | { readonly kind: 'prefix'; readonly payload: PayloadInput }
  /** A JavaScript regular expression over the bytes as Latin-1; its groups can stand in the reply. */
  | { readonly kind: 'regex'; readonly pattern: string; readonly ignoreCase: boolean }
  /** Hexadecimal digits, `?` for any digit: `4f ?? 0d`. */
  | { readonly kind: 'hex-mask'; readonly mask: string };

export interface ResponderRule {
  readonly match: RuleMatch;
  /** Where the rule came from a regular expression, `$1` to `$9`, `$<name>` and `$&` stand for what was matched. */
  readonly reply: PayloadInput;
  readonly delayMs: number;
  /** How often it answers at most; null for always. */
  readonly times: number | null;
}

export type ResponderOptions =
  | { readonly kind: 'none' }
  | { readonly kind: 'echo' }
  /** The LED agent's protocol with a simulated LED. */
  | { readonly kind: 'led' }
  | {
      readonly kind: 'rules';
      /** What a rule is held against: each chunk, each line, or everything since the last match. */
      readonly unit: 'chunk' | 'line' | 'stream';
      readonly rules: ResponderRule[];
    };

/** What a client is opened with unless something else is asked for. */
export const clientDefaults: Omit<TcpClientOptions, 'host' | 'port'> = {
  kind: 'tcp-client',
  family: 'any',
  localPort: null,
  noDelay: true,
  keepAlive: true,
  connectTimeoutMs: 10_000,
  receiveSize: 65_536,
  reconnect: false,
  tls: null,
  heartbeat: null,
  through: null,
};

/** What a listener is opened with unless something else is asked for. */
export const listenerDefaults: Omit<TcpListenerOptions, 'host' | 'port' | 'responder'> = {
  kind: 'tcp-listener',
  backlog: 128,
  noDelay: true,
  keepAlive: true,
  receiveSize: 65_536,
};
