/** Block types and options of pcapng (draft-ietf-opsawg-pcapng). */
const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** LINKTYPE_RAW: packets begin with the IPv4 or IPv6 header. */
const LINKTYPE_RAW = 101;
const OPT_COMMENT = 1;
const SHB_USERAPPL = 4;
const IF_NAME = 2;

/** The two blocks that a file begins with. Times are in microseconds, the format's default. */
export function pcapngStart(application: string): Buffer {
  const section = Buffer.alloc(16);
  section.writeUInt32LE(BYTE_ORDER_MAGIC, 0);
  section.writeUInt16LE(1, 4);
  section.writeBigInt64LE(-1n, 8);
  const link = Buffer.alloc(8);
  link.writeUInt16LE(LINKTYPE_RAW, 0);
  return Buffer.concat([
    block(SECTION_HEADER, [section, option(SHB_USERAPPL, application), END_OF_OPTIONS]),
    block(INTERFACE_DESCRIPTION, [link, option(IF_NAME, 'console'), END_OF_OPTIONS]),
  ]);
}

/** One packet at `wallUs`, with a comment that Wireshark shows when there is one. */
export function pcapngPacket(packet: Buffer, wallUs: number, comment = ''): Buffer {
  const head = Buffer.alloc(20);
  const time = BigInt(Math.round(wallUs));
  head.writeUInt32LE(0, 0);
  head.writeUInt32LE(Number(time >> 32n), 4);
  head.writeUInt32LE(Number(time & 0xffff_ffffn), 8);
  head.writeUInt32LE(packet.length, 12);
  head.writeUInt32LE(packet.length, 16);
  const options = comment === '' ? [] : [option(OPT_COMMENT, comment), END_OF_OPTIONS];
  return block(ENHANCED_PACKET, [head, padded(packet), ...options]);
}

function block(type: number, parts: readonly Buffer[]): Buffer {
  const length = 12 + parts.reduce((sum, part) => sum + part.length, 0);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(length, 4);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(length, 0);
  return Buffer.concat([head, ...parts, tail]);
}

function option(code: number, text: string): Buffer {
  const value = Buffer.from(text.slice(0, 2000));
  const head = Buffer.alloc(4);
  head.writeUInt16LE(code, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, padded(value)]);
}

const END_OF_OPTIONS = Buffer.alloc(4);

/** Blocks and options are padded to 32 bits. */
function padded(bytes: Buffer): Buffer {
  const missing = (4 - (bytes.length % 4)) % 4;
  return missing === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(missing)]);
}
