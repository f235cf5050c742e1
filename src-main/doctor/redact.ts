import { addressRange } from '../network/index.ts';

export interface Secrets {
  /** The login name; also replaced in `/home/NAME`. */
  readonly user: string;
}

const FINGERPRINT = /\b(?:SHA256:[A-Za-z0-9+/]{20,}=*|MD5:(?:[0-9a-f]{2}:){15}[0-9a-f]{2})/g;
/** A public or private key as base64, and whatever else is that long and has no spaces. */
const KEY_BLOB = /\b(?:AAAA[A-Za-z0-9+/]{30,}|[A-Za-z0-9+/]{44,})={0,2}/g;
const MAC = /\b((?:[0-9a-f]{2}:){3})(?:[0-9a-f]{2}:){2}[0-9a-f]{2}\b/gi;
const IPV4 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)/g;
const IPV6 = /(?<![0-9a-z:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![0-9a-z:])/gi;
/** The second half of the MAC that an address was made from (RFC 4291, appendix A). */
const MAC_IN_IPV6 = /(ff:fe)[0-9a-f]{2}:[0-9a-f]{1,4}$/i;

/**
 * Replaces what a stranger need not know: the user's name, keys and fingerprints, the second half of MAC addresses, and
 * addresses that are routed on the Internet. Private addresses stay, as they are what the report is about. The same thing
 * always gets the same number, so that the text can still be followed.
 */
export function redact(text: string, { user }: Secrets): string {
  const numbers = new Map<string, string>();
  const replace = (kind: string, found: string): string => {
    const known = numbers.get(found);
    if (known !== undefined) return known;
    const count = [...numbers.values()].filter((one) => one.startsWith(`<${kind}-`)).length;
    const made = `<${kind}-${count + 1}>`;
    numbers.set(found, made);
    return made;
  };
  const address = (found: string): string =>
    isPublic(found) ? replace('public-address', found) : found.replace(MAC_IN_IPV6, '$1xx:xxxx');
  return withoutUser(
    text
      .replace(FINGERPRINT, (found) => replace('key', found))
      .replace(KEY_BLOB, (found) => replace('key', found))
      .replace(MAC, '$1xx:xx:xx')
      .replace(IPV6, address)
      .replace(IPV4, address),
    user,
  );
}

function isPublic(text: string): boolean {
  return addressRange(text) === 'global';
}

function withoutUser(text: string, user: string): string {
  const homes = text.replace(/\/(home|Users)\/[^/\s:"']+/g, '/$1/<user>');
  if (user === '') return homes;
  const escaped = user.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return homes.replace(new RegExp(`(?<![\\w.-])${escaped}(?=[@:/\\s"'’),.]|$)(?!-)`, 'g'), '<user>');
}
