import { isIPv6 } from 'node:net';
import type { Endpoint } from '../transcript/index.ts';

/** TCP flags (RFC 9293). */
export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;

/** The most bytes one made-up segment carries: what fits an IP packet, with room for headers. */
export const MOST_SEGMENT_BYTES = 65_000;

const TCP = 6;
const UDP = 17;
const HOP_LIMIT = 64;
const WINDOW = 65_535;
/** MSS 65,000 and window scale 7, padded: what SYN carries, so that no segment overfills a window. */
const SYN_OPTIONS = Buffer.from([2, 4, 0xfd, 0xe8, 1, 3, 3, 7]);

export interface Addresses {
  readonly from: Endpoint;
  readonly to: Endpoint;
}

export interface TcpFields {
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
  readonly payload: Uint8Array;
}

/** A TCP segment in its IP packet, with right checksums. */
export function tcpPacket(addresses: Addresses, fields: TcpFields): Buffer {
  const options = fields.flags & SYN ? SYN_OPTIONS : Buffer.alloc(0);
  const head = Buffer.alloc(20);
  head.writeUInt16BE(addresses.from.port, 0);
  head.writeUInt16BE(addresses.to.port, 2);
  head.writeUInt32BE(fields.sequence % 2 ** 32, 4);
  head.writeUInt32BE(fields.flags & ACK ? fields.acknowledgement % 2 ** 32 : 0, 8);
  head.writeUInt8(((20 + options.length) / 4) << 4, 12);
  head.writeUInt8(fields.flags, 13);
  head.writeUInt16BE(WINDOW, 14);
  return ipPacket(addresses, TCP, Buffer.concat([head, options, fields.payload]), 16);
}

/** A datagram in its IP packet, with right checksums. */
export function udpPacket(addresses: Addresses, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(addresses.from.port, 0);
  head.writeUInt16BE(addresses.to.port, 2);
  head.writeUInt16BE(8 + payload.length, 4);
  return ipPacket(addresses, UDP, Buffer.concat([head, payload]), 6);
}

function ipPacket({ from, to }: Addresses, protocol: number, body: Buffer, checksumAt: number): Buffer {
  const six = isIPv6(plainAddress(from.address)) && isIPv6(plainAddress(to.address));
  const [source, target] = [addressBytes(from.address, six), addressBytes(to.address, six)];
  const sum = checksum([pseudoHeader(source, target, protocol, body.length), body]);
  // RFC 768: a UDP checksum of zero is sent as all ones.
  body.writeUInt16BE(sum === 0 && protocol === UDP ? 0xffff : sum, checksumAt);
  return Buffer.concat([
    six ? ipv6Header(source, target, protocol, body) : ipv4Header(source, target, protocol, body),
    body,
  ]);
}

function ipv4Header(source: Buffer, target: Buffer, protocol: number, body: Buffer): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt8(0x45, 0);
  head.writeUInt16BE(20 + body.length, 2);
  head.writeUInt16BE(0x4000, 6);
  head.writeUInt8(HOP_LIMIT, 8);
  head.writeUInt8(protocol, 9);
  source.copy(head, 12);
  target.copy(head, 16);
  head.writeUInt16BE(checksum([head]), 10);
  return head;
}

function ipv6Header(source: Buffer, target: Buffer, protocol: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt8(0x60, 0);
  head.writeUInt16BE(body.length, 4);
  head.writeUInt8(protocol, 6);
  head.writeUInt8(HOP_LIMIT, 7);
  return Buffer.concat([head, source, target]);
}

function pseudoHeader(source: Buffer, target: Buffer, protocol: number, length: number): Buffer {
  const tail = Buffer.alloc(8);
  tail.writeUInt32BE(length, 0);
  tail.writeUInt8(protocol, 7);
  return Buffer.concat([source, target, tail]);
}

/** The Internet checksum (RFC 1071) over parts; each part but the last has an even length. */
function checksum(parts: readonly Buffer[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let i = 0; i + 1 < part.length; i += 2) sum += part.readUInt16BE(i);
    if (part.length % 2 === 1) sum += (part[part.length - 1] ?? 0) << 8;
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

/** Without a zone, and IPv4 inside IPv6 as IPv4. */
function plainAddress(address: string): string {
  return address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '');
}

function addressBytes(address: string, six: boolean): Buffer {
  const plain = plainAddress(address);
  if (!six) {
    const parts = /^\d+\.\d+\.\d+\.\d+$/.test(plain) ? plain.split('.') : ['127', '0', '0', '1'];
    return Buffer.from(parts.map(Number));
  }
  return ipv6Bytes(plain);
}

function ipv6Bytes(address: string): Buffer {
  const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [head = '', tail] = address.split('::', 2);
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  const groups = tail === undefined ? before : [...before, ...zeros, ...after];
  const bytes = Buffer.alloc(16);
  groups.slice(0, 8).forEach((group, i) => bytes.writeUInt16BE(Number.parseInt(group, 16) & 0xffff, i * 2));
  return bytes;
}
