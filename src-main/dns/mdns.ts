import { createSocket, type Socket } from 'node:dgram';
import { AppError, systemCode } from '../errors/index.ts';
import type { DnsRecord, RecordType } from './answer.ts';
import { decodeMessage, encodeQuery, readRecords, sameName } from './wire.ts';

/** An adapter of this computer that mDNS questions may leave by. */
export interface MdnsInterface {
  /** `eth0`, `Wi-Fi`. */
  readonly name: string;
  /** The system's number of the adapter, where it is known: the zone of link-local addresses on Windows. */
  readonly index?: number | null;
  /** The adapter's own address. */
  readonly address: string;
  readonly family: 4 | 6;
}

export interface MdnsOptions {
  /** Milliseconds until silence is the answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** For tests, which may not use the real port. */
  readonly port?: number;
}

export interface MdnsAnswer {
  readonly outcome: 'found' | 'timed-out' | 'no-network' | 'failed';
  readonly code: string;
  readonly records: readonly DnsRecord[];
  /** Addresses that answered; more than one for a name means that two devices use it. */
  readonly responders: readonly string[];
  readonly durationMs: number;
}

const MDNS_PORT = 5353;
const GROUP = { 4: '224.0.0.251', 6: 'ff02::fb' } as const;
const RESEND_AFTER_MS = 1000;
/** After the first answer, the time a second device of the same name gets to answer too. */
const GRACE_MS = 250;

/**
 * One question to the devices of one network, from a port of its own, so that they answer straight to it (RFC 6762,
 * sections 5.1 and 6.7). Joins no group and needs no free port 5353. A failure is an answer; only `CANCELLED` is raised.
 */
export function askMdns(
  name: string,
  types: readonly RecordType[],
  through: MdnsInterface,
  options: MdnsOptions,
): Promise<MdnsAnswer> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const socket = createSocket(through.family === 6 ? 'udp6' : 'udp4');
    const records = new Map<string, DnsRecord>();
    const responders = new Set<string>();
    const timers: NodeJS.Timeout[] = [];
    let firstAnswerMs: number | null = null;
    let ended = false;
    // Each question that cannot leave tells so by itself.
    const finish = (settle: () => void): void => {
      if (ended) return;
      ended = true;
      for (const timer of timers) clearTimeout(timer);
      options.signal?.removeEventListener('abort', cancel);
      socket.removeAllListeners().on('error', () => undefined);
      socket.close();
      settle();
    };
    const answer = (outcome: MdnsAnswer['outcome'], code: string): void => {
      const durationMs = firstAnswerMs ?? performance.now() - started;
      finish(() => resolve({ outcome, code, records: [...records.values()], responders: [...responders], durationMs }));
    };
    const cancel = (): void => finish(() => reject(new AppError('CANCELLED', 'Cancelled.')));
    const fail = (thrown: Error): void => answer(outcomeOf(thrown), systemCode(thrown) ?? 'UNEXPECTED');
    socket.on('error', fail);
    socket.on('message', (bytes, from) => {
      const matching = matchingRecords(bytes, name, types);
      if (matching.length === 0) return;
      for (const record of matching) records.set(`${record.type} ${record.value}`, record);
      responders.add(from.address);
      if (firstAnswerMs !== null) return;
      firstAnswerMs = performance.now() - started;
      timers.push(setTimeout(() => answer('found', ''), GRACE_MS));
    });
    if (options.signal?.aborted) return cancel();
    options.signal?.addEventListener('abort', cancel);
    timers.push(
      setTimeout(
        () => (firstAnswerMs === null ? answer('timed-out', 'ETIMEDOUT') : answer('found', '')),
        options.timeoutMs,
      ),
    );
    socket.bind(0, () => {
      const send = (): void => transmit(socket, { name, types, through, port: options.port ?? MDNS_PORT }, fail);
      send();
      timers.push(setTimeout(send, RESEND_AFTER_MS));
    });
  });
}

interface Transmission {
  readonly name: string;
  readonly types: readonly RecordType[];
  readonly through: MdnsInterface;
  readonly port: number;
}

function transmit(socket: Socket, { name, types, through, port }: Transmission, fail: (thrown: Error) => void): void {
  try {
    socket.setMulticastInterface(through.family === 6 ? `::%${through.name}` : through.address);
    socket.setMulticastTTL(255);
    const group = through.family === 6 ? `${GROUP[6]}%${through.name}` : GROUP[4];
    for (const type of types) {
      socket.send(encodeQuery(0, { name, type }, false), port, group, (thrown) => thrown && fail(thrown));
    }
  } catch (thrown) {
    fail(thrown instanceof Error ? thrown : new Error(String(thrown)));
  }
}

function matchingRecords(bytes: Uint8Array, name: string, types: readonly RecordType[]): DnsRecord[] {
  const message = decodeMessage(bytes);
  if (message === null || message.type !== 'response') return [];
  return readRecords(message.answers).filter(
    (record) => sameName(record.name, name) && types.some((type) => type === record.type),
  );
}

function outcomeOf(thrown: Error): 'no-network' | 'failed' {
  const unreachable = ['ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'ENODEV'];
  return unreachable.includes(systemCode(thrown) ?? '') ? 'no-network' : 'failed';
}
