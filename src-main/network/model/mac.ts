/** Six bytes in lower case with colons, from colons, dashes, dots or nothing between; null for anything else. */
export function normaliseMac(text: string): string | null {
  const colons = text.split(/[:-]/);
  // BSD leaves leading zeros out: `8:0:27:1:2:3`.
  if (colons.length === 6 && colons.every((part) => /^[0-9a-f]{1,2}$/i.test(part))) {
    return colons.map((part) => part.padStart(2, '0').toLowerCase()).join(':');
  }
  const digits = text.replace(/[.]/g, '');
  if (!/^[0-9a-f]{12}$/i.test(digits)) return null;
  return (digits.toLowerCase().match(/../g) ?? []).join(':');
}

/** True when software chose the address, so that its first bytes name no maker (IEEE 802: the U/L bit). */
export function isLocallyAdministered(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 0b10) !== 0;
}

/**
 * First digits of the addresses that the IEEE has given to Raspberry Pi Foundation and Raspberry Pi (Trading) Ltd: blocks of its
 * MA-L, MA-M and MA-S lists, and 3a:35:41 of its CID list, for addresses that software chooses (IEEE 802c). A test compares
 * them with the lists.
 */
const RASPBERRY_PI_PREFIXES = [
  '28:cd:c1',
  '2c:cf:67',
  '3a:35:41',
  '88:a2:9e',
  '8c:1f:64:34:a',
  '98:fe:54',
  'b8:27:eb',
  'd8:3a:dd',
  'dc:a6:32',
  'e4:5f:01',
  'f0:40:af:9',
] as const;

/** What of a MAC is registered to Raspberry Pi: a strong hint, though a Pico W has such an address too. Null of any other. */
export function raspberryPiPrefix(mac: string): string | null {
  return RASPBERRY_PI_PREFIXES.find((prefix) => mac.startsWith(prefix)) ?? null;
}

export function isRaspberryPiMac(mac: string): boolean {
  return raspberryPiPrefix(mac) !== null;
}
