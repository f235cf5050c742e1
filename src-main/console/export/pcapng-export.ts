import { isIP } from 'node:net';
import {
  decodeDetails,
  type Endpoint,
  type Entry,
  type EntryDetail,
  type TranscriptSource,
} from '../transcript/index.ts';
import { wholeEntries } from './entry-stream.ts';
import { ACK, FIN, MOST_SEGMENT_BYTES, PSH, RST, SYN, tcpPacket, udpPacket, type Addresses } from './ip-packet.ts';
import { pcapngPacket, pcapngStart } from './pcapng.ts';

export interface PcapngOptions {
  readonly transport: 'tcp' | 'udp';
  /** Where a connection without known addresses went, such as one through a tunnel. */
  readonly fallback: Endpoint;
  readonly application: string;
}

/**
 * The transcript as packets that Wireshark reads: payloads and times are the recorded ones; the headers around them are
 * made up, as no packets were captured. Each connection has its handshake, its FINs and its resets.
 */
export async function* pcapngExport(
  source: TranscriptSource,
  end: number,
  options: PcapngOptions,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  yield pcapngStart(options.application);
  const flows = new Map<number, Flow>();
  for await (const entry of wholeEntries(source, end, signal)) {
    const flow = flows.get(entry.connection) ?? newFlow(entry, options);
    flows.set(entry.connection, flow);
    yield* flow.packets(entry, decodeDetails(entry));
  }
}

interface Flow {
  packets(entry: Entry, detail: EntryDetail | null): Iterable<Buffer>;
}

/** Bytes of the session itself, which no connection carries. */
const NO_FLOW: Flow = { packets: () => [] };

function newFlow(entry: Entry, options: PcapngOptions): Flow {
  if (entry.connection === 0) return NO_FLOW;
  const detail = decodeDetails(entry);
  const known = detail?.kind === 'connect' || detail?.kind === 'accept' ? detail : null;
  const remote =
    known && isIP(known.remote.address) > 0 ? known.remote : { ...options.fallback, port: options.fallback.port };
  const local = known?.local ?? { address: sameFamily(remote), port: 49_152 + (entry.connection % 16_384) };
  const ends = { us: { ...local, address: local.address || sameFamily(remote) }, peer: remote };
  return options.transport === 'udp' ? new UdpFlow(ends) : new TcpFlow(ends);
}

function sameFamily({ address }: Endpoint): string {
  return isIP(address) === 6 ? '::1' : '127.0.0.1';
}

interface Ends {
  readonly us: Endpoint;
  readonly peer: Endpoint;
}

class UdpFlow implements Flow {
  readonly #ends: Ends;

  constructor(ends: Ends) {
    this.#ends = ends;
  }

  *packets(entry: Entry): Iterable<Buffer> {
    if (entry.kind !== 'data') return;
    const { us, peer } = this.#ends;
    const addresses = entry.direction === 'sent' ? { from: us, to: peer } : { from: peer, to: us };
    yield pcapngPacket(udpPacket(addresses, entry.bytes), entry.wallUs);
  }
}

type Side = 'us' | 'peer';

/** One TCP connection: both sequence numbers, and who has ended. */
class TcpFlow implements Flow {
  readonly #ends: Ends;
  readonly #next: Record<Side, number> = { us: 0, peer: 0 };
  readonly #ended: Record<Side, boolean> = { us: false, peer: false };
  #reset = false;

  constructor(ends: Ends) {
    this.#ends = ends;
  }

  *packets(entry: Entry, detail: EntryDetail | null): Iterable<Buffer> {
    const side: Side = entry.direction === 'received' ? 'peer' : 'us';
    const at = entry.wallUs;
    if (entry.kind === 'data') yield* this.#data(side, entry.bytes, at);
    else if (detail?.kind === 'connect') yield* this.#handshake('us', at);
    else if (detail?.kind === 'accept') {
      yield* this.#handshake('peer', at);
      if (detail.refused) yield this.#rst('us', at, 'refused');
    } else if (detail?.kind === 'half-close') yield* this.#fin(side, at);
    else if (detail?.kind === 'close') yield* this.#close(detail.by, at);
    else if (detail?.kind === 'error' && detail.code === 'ECONNRESET') yield this.#rst('peer', at, detail.meaning);
  }

  *#handshake(opener: Side, at: number): Iterable<Buffer> {
    const other: Side = opener === 'us' ? 'peer' : 'us';
    yield this.#segment(opener, SYN, at);
    this.#next[opener] += 1;
    yield this.#segment(other, SYN | ACK, at);
    this.#next[other] += 1;
    yield this.#segment(opener, ACK, at);
  }

  *#data(side: Side, bytes: Uint8Array, at: number): Iterable<Buffer> {
    for (let start = 0; start < bytes.length; start += MOST_SEGMENT_BYTES) {
      const payload = bytes.subarray(start, start + MOST_SEGMENT_BYTES);
      yield this.#segment(side, PSH | ACK, at, payload);
      this.#next[side] += payload.length;
    }
  }

  *#fin(side: Side, at: number): Iterable<Buffer> {
    if (this.#ended[side] || this.#reset) return;
    this.#ended[side] = true;
    yield this.#segment(side, FIN | ACK, at);
    this.#next[side] += 1;
    yield this.#segment(side === 'us' ? 'peer' : 'us', ACK, at);
  }

  *#close(by: 'us' | 'peer' | 'error' | 'reset', at: number): Iterable<Buffer> {
    if (by === 'reset') yield this.#rst('us', at, 'broken off by this side');
    else if (by === 'us') yield* this.#fin('us', at);
  }

  #rst(side: Side, at: number, comment: string): Buffer {
    this.#reset = true;
    return this.#segment(side, RST | ACK, at, EMPTY, comment);
  }

  #segment(side: Side, flags: number, at: number, payload: Uint8Array = EMPTY, comment = ''): Buffer {
    const other: Side = side === 'us' ? 'peer' : 'us';
    const addresses: Addresses = { from: this.#ends[side], to: this.#ends[other] };
    const fields = { sequence: this.#next[side], acknowledgement: this.#next[other], flags, payload };
    return pcapngPacket(tcpPacket(addresses, fields), at, comment);
  }
}

const EMPTY = new Uint8Array(0);
