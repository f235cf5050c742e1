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
 * Prefixes registered to Raspberry Pi Foundation and Raspberry Pi (Trading) Ltd with the IEEE: its MA-L list, and 3a:35:41 of
 * its CID list, for addresses that software chooses (IEEE 802c).
 */
const RASPBERRY_PI_PREFIXES: ReadonlySet<string> = new Set([
  '28:cd:c1',
  '2c:cf:67',
  '3a:35:41',
  '88:a2:9e',
  '98:fe:54',
  'b8:27:eb',
  'd8:3a:dd',
  'dc:a6:32',
  'e4:5f:01',
]);

/** True for a maker's prefix of Raspberry Pi: a strong hint, though a Pico W has one too. */
export function isRaspberryPiMac(mac: string): boolean {
  return RASPBERRY_PI_PREFIXES.has(mac.slice(0, 8));
}
