export { openToRead } from './open-to-read.ts';
export type { Recipient } from './session.ts';
export { Session } from './session.ts';
export type {
  AddressFamily,
  Heartbeat,
  ResponderOptions,
  ResponderRule,
  RuleMatch,
  SessionOptions,
  TcpClientOptions,
  TcpListenerOptions,
  TlsOptions,
  UdpClientOptions,
  UdpListenerOptions,
} from './session-options.ts';
export { clientDefaults, listenerDefaults } from './session-options.ts';
export type {
  ConnectionSnapshot,
  ConnectionState,
  RecordingStall,
  RepeatSnapshot,
  SessionSnapshot,
  SessionState,
} from './session-snapshot.ts';
export type { OpenTunnel, TcpClientSurroundings } from './tcp-client.ts';
