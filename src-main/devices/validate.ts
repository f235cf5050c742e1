import ipaddr from 'ipaddr.js';

/** Why a text cannot be used, in a sentence for beside the field; null when it can. */
export type Refusal = string | null;

/**
 * A host name (RFC 1123 labels, IDN allowed as typed), an IPv4 address, or an IPv6 address with or without a zone
 * (`fe80::1%eth0`, RFC 4007).
 */
export function refuseHost(text: string): Refusal {
  const host = text.trim();
  if (host === '') return 'Type the name or address of the Pi, such as raspberrypi.local or 192.168.1.44.';
  if (/\s/.test(host)) return 'A host name has no spaces.';
  if (/^[a-z]+:\/\//i.test(host)) return 'Type the name or address alone, without http:// or ssh://.';
  if (host.includes('@')) return 'Type the user name in its own field, not before an @.';
  if (ipaddr.IPv4.isValidFourPartDecimal(host) || isIpv6(host)) return null;
  if (/^[\d.]+$/.test(host)) return `"${host}" is not a complete IPv4 address: four numbers from 0 to 255, with dots.`;
  if (host.includes(':')) return `"${host}" is not an IPv6 address. The port goes in its own field.`;
  if (host.length > 253) return 'A host name has at most 253 characters.';
  const bad = host
    .replace(/\.$/, '')
    .split('.')
    .find((label) => !isLabel(label));
  if (bad === '') return 'A host name has no empty part between dots.';
  if (bad !== undefined)
    return `"${bad}" cannot be part of a host name: letters, digits and hyphens inside, at most 63.`;
  return null;
}

/** A TCP port, 1 to 65535. */
export function refusePort(port: number): Refusal {
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? null : 'A port is a whole number from 1 to 65535.';
}

/** A login name as `useradd` and common directories allow them. */
export function refuseUser(text: string): Refusal {
  const user = text.trim();
  if (user === '') return 'Type the user name you chose for the Pi. On older systems it is pi.';
  if (/\s/.test(user)) return 'A user name has no spaces.';
  if (user.length > 64) return 'A user name has at most 64 characters.';
  if (/[:/\\'"`$;&|<>()]/.test(user) || user.startsWith('-')) return `"${user}" cannot be a user name.`;
  return null;
}

function isIpv6(host: string): boolean {
  const [address = '', zone, ...rest] = host.split('%');
  return rest.length === 0 && ipaddr.IPv6.isValid(address) && (zone === undefined || /^[\w.-]{1,32}$/.test(zone));
}

function isLabel(label: string): boolean {
  return label.length <= 63 && /^[\p{L}\p{N}_](?:[\p{L}\p{N}_-]*[\p{L}\p{N}_])?$/u.test(label);
}
