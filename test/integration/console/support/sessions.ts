import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import {
  clientDefaults,
  decodeDetails,
  listenerDefaults,
  readEntries,
  readHeads,
  Session,
  Transcript,
  type SessionOptions,
  type TcpClientOptions,
  type TcpClientSurroundings,
  type TcpListenerOptions,
  type TranscriptSource,
  type UdpClientOptions,
  type UdpListenerOptions,
} from '../../../../src-main/console/index.ts';

const cleanUps: (() => unknown)[] = [];

/** Runs `cleanUp` after the test, last added first. */
export function afterwards(cleanUp: () => unknown): void {
  cleanUps.push(cleanUp);
}

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pw-console-'));
  afterwards(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export const tcpClient = (port: number, more: Partial<TcpClientOptions> = {}): TcpClientOptions => ({
  ...clientDefaults,
  host: '127.0.0.1',
  port,
  connectTimeoutMs: 5000,
  ...more,
});

export const tcpListener = (more: Partial<TcpListenerOptions> = {}): TcpListenerOptions => ({
  ...listenerDefaults,
  host: '127.0.0.1',
  port: 0,
  responder: { kind: 'none' },
  ...more,
});

export const udpClient = (port: number, more: Partial<UdpClientOptions> = {}): UdpClientOptions => ({
  kind: 'udp-client',
  host: '127.0.0.1',
  port,
  family: 'any',
  localPort: null,
  heartbeat: null,
  ...more,
});

export const udpListener = (more: Partial<UdpListenerOptions> = {}): UdpListenerOptions => ({
  kind: 'udp-listener',
  host: '127.0.0.1',
  port: 0,
  responder: { kind: 'none' },
  ...more,
});

const noTunnel: TcpClientSurroundings['openTunnel'] = () => Promise.reject(new Error('no tunnel in this test'));

/** Starts a session of its own folder; it is stopped and its files removed after the test. */
export async function startSession(
  options: SessionOptions,
  surroundings: Partial<TcpClientSurroundings> = {},
): Promise<Session> {
  const folder = await temporaryFolder();
  return startSessionIn(await Transcript.create({ folder: join(folder, 'session') }), options, surroundings);
}

/** The same with a transcript of the test's own. */
export async function startSessionIn(
  transcript: Transcript,
  options: SessionOptions,
  surroundings: Partial<TcpClientSurroundings> = {},
): Promise<Session> {
  const session = new Session(options, transcript, { openTunnel: noTunnel, ...surroundings }, () => undefined);
  afterwards(async () => {
    await session.stop();
    await session.allClosed();
    await transcript.finish();
    await transcript.dispose();
  });
  await session.start();
  return session;
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The port a listener got. */
export function portOf(session: Session): number {
  if (session.state.kind !== 'listening') throw new Error(`the session is ${session.state.kind}`);
  return session.state.local.port;
}

/** The transcript in short: `> ON`, `< OK ON\n`, `connect`, `half-close received`, `error ECONNREFUSED`. */
export async function lines(source: TranscriptSource & { flushed?(): Promise<void> }): Promise<string[]> {
  await source.flushed?.();
  const entries = await readEntries(source, await readHeads(source, 0, source.written), 1 << 22);
  return entries.map((entry) => {
    if (entry.kind === 'data') {
      return `${entry.direction === 'sent' ? '>' : '<'} ${Buffer.from(entry.bytes).toString('latin1')}`;
    }
    const detail = decodeDetails(entry);
    if (detail?.kind === 'error') return `error ${detail.code}`;
    if (detail?.kind === 'note') return `note ${detail.text}`;
    if (detail?.kind === 'close') return `close ${detail.by}`;
    return entry.direction === 'none' ? entry.kind : `${entry.kind} ${entry.direction}`;
  });
}

/** All received (or sent) bytes of one connection, joined. */
export async function streamBytes(
  source: TranscriptSource & { flushed?(): Promise<void> },
  direction: 'sent' | 'received',
  connection = 1,
): Promise<Buffer> {
  await source.flushed?.();
  const heads = await readHeads(source, 0, source.written);
  const wanted = heads.filter((one) => one.direction === direction && one.connection === connection);
  const data = await readEntries(
    source,
    wanted.filter((one) => one.kind === 'data'),
    1 << 26,
  );
  return Buffer.concat(data.map((entry) => entry.bytes));
}
