import type { AlgorithmLists } from './algorithms.ts';

const SSH_MSG_KEXINIT = 20;
const COOKIE_BYTES = 16;
/** RFC 4253, 6.1 lets a packet have 35 000 bytes; lines may come before the identification (4.2). */
const MOST_BYTES = 64 * 1024;

/**
 * Reads along at the start of a connection, until the server's first packet, which is not encrypted: who it says it is
 * and what it offers (RFC 4253, 4.2, 6 and 7.1). ssh2 says only that nothing matched.
 */
export class ServerOffer {
  /** The identification line, such as `SSH-2.0-OpenSSH_9.2p1`, or null when none came yet. */
  identification: string | null = null;
  lists: AlgorithmLists | null = null;
  /** The first bytes, for telling a server that does not speak SSH. */
  firstBytes = Buffer.alloc(0);
  #done = false;

  get done(): boolean {
    return this.#done;
  }

  push(chunk: Uint8Array): void {
    if (this.#done) return;
    this.firstBytes = Buffer.concat([this.firstBytes, chunk]);
    const start = this.#afterIdentification();
    if (start !== null) this.lists = readKexInit(this.firstBytes.subarray(start));
    this.#done = this.lists !== null || this.firstBytes.length > MOST_BYTES;
  }

  #afterIdentification(): number | null {
    for (let from = 0; ;) {
      const end = this.firstBytes.indexOf('\n', from);
      if (end < 0) return null;
      const line = this.firstBytes.toString('latin1', from, end).replace(/\r$/, '');
      from = end + 1;
      if (!line.startsWith('SSH-')) continue;
      this.identification = line;
      return from;
    }
  }
}

/** The lists of the server's SSH_MSG_KEXINIT packet; null when the bytes are not all there or are something else. */
function readKexInit(packet: Buffer): AlgorithmLists | null {
  if (packet.length < 6 || packet.length < 4 + packet.readUInt32BE(0)) return null;
  if (packet[5] !== SSH_MSG_KEXINIT) return null;
  const names: (readonly string[])[] = [];
  let at = 6 + COOKIE_BYTES;
  for (let list = 0; list < 6; list += 1) {
    if (at + 4 > packet.length) return null;
    const length = packet.readUInt32BE(at);
    const end = at + 4 + length;
    if (end > packet.length) return null;
    const text = packet.toString('latin1', at + 4, end);
    names.push(text === '' ? [] : text.split(','));
    at = end;
  }
  // Of ciphers and MACs the lists towards the server (third and fifth) are taken; the others are alike.
  const [kex = [], hostKey = [], cipher = [], , mac = []] = names;
  return { kex: kex.filter(isKeyExchange), hostKey, cipher, mac };
}

/** Markers of extensions travel in the list of key exchanges (RFC 8308, and OpenSSH's strict mode). */
function isKeyExchange(name: string): boolean {
  return !/^(ext-info-|kex-strict-)/.test(name);
}
