import ipaddr from 'ipaddr.js';

/**
 * The name whose PTR record holds the name of an address: `4.3.2.1.in-addr.arpa` (RFC 1035, section 3.5), 32 nibbles
 * under `ip6.arpa` for IPv6 (RFC 3596, section 2.5). An IPv4 address inside IPv6 (`::ffff:1.2.3.4`) counts as IPv4.
 */
export function reverseName(address: string): string {
  const parsed = ipaddr.process(address.replace(/%.*$/, ''));
  const bytes = parsed.toByteArray();
  if (parsed.kind() === 'ipv4') return `${[...bytes].reverse().join('.')}.in-addr.arpa`;
  const nibbles = bytes.flatMap((byte) => [byte >> 4, byte & 15]);
  return `${nibbles
    .reverse()
    .map((nibble) => nibble.toString(16))
    .join('.')}.ip6.arpa`;
}

/** The address a reverse name stands for, or null for any other name. */
export function addressOfReverseName(name: string): string | null {
  const lower = name.toLowerCase().replace(/\.$/, '');
  const v4 = /^((?:\d{1,3}\.){4})in-addr\.arpa$/.exec(lower)?.[1];
  if (v4 !== undefined) {
    const address = v4.split('.').slice(0, 4).reverse().join('.');
    return ipaddr.IPv4.isValidFourPartDecimal(address) ? address : null;
  }
  const v6 = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(lower)?.[1];
  if (v6 === undefined) return null;
  const digits = v6.replaceAll('.', '').split('').reverse().join('');
  return ipaddr.IPv6.parse(digits.replace(/(.{4})(?=.)/g, '$1:')).toString();
}
