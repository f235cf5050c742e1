import { AppError } from '../../errors/index.ts';

/** Bytes with their bits that count: a byte matches when `(byte & mask) === value`. */
export type HexMask = readonly { readonly value: number; readonly mask: number }[];

/** Reads `4f ?? 0?`: two hexadecimal digits a byte, `?` for any digit. Raises `BAD_RULE` with the place. */
export function parseHexMask(text: string): HexMask {
  const digits = [...text.matchAll(/\S/g)].map((found) => ({ digit: found[0].toLowerCase(), at: found.index }));
  const wrong = digits.find(({ digit }) => !/^[0-9a-f?]$/.test(digit));
  if (wrong) throw badMask(`“${wrong.digit}” is neither a hexadecimal digit nor ?.`, wrong.at);
  if (digits.length % 2 !== 0) throw badMask('A byte has two digits; the last one is missing.', text.length);
  if (digits.length === 0) throw badMask('Write at least one byte, such as 4f.', 0);
  const bytes: { value: number; mask: number }[] = [];
  for (let i = 0; i < digits.length; i += 2) {
    const [high, low] = [nibble(digits[i]?.digit), nibble(digits[i + 1]?.digit)];
    bytes.push({ value: (high.value << 4) | low.value, mask: (high.mask << 4) | low.mask });
  }
  return bytes;
}

/** Where the mask first matches from `from` on, or -1. */
export function findHexMask(bytes: Uint8Array, mask: HexMask, from = 0): number {
  for (let start = from; start + mask.length <= bytes.length; start += 1) {
    if (mask.every((one, i) => ((bytes[start + i] ?? 0) & one.mask) === one.value)) return start;
  }
  return -1;
}

function nibble(digit: string | undefined): { value: number; mask: number } {
  return digit === '?' || digit === undefined ? { value: 0, mask: 0 } : { value: Number.parseInt(digit, 16), mask: 15 };
}

function badMask(message: string, at: number): AppError {
  return new AppError('BAD_RULE', message, { hint: 'A mask looks like 4f ?? 0d.', details: { at } });
}
