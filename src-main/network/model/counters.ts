/** The difference of two counters as a number, or null when the second is smaller: it wrapped, or the interface was reset. */
export function counterGrowth(before: string, after: string): number | null {
  const growth = BigInt(after) - BigInt(before);
  return growth < 0n ? null : Number(growth);
}

/** Digits in groups of three with thin spaces, for reading: `9 007 199 254 740 993`. */
export function groupDigits(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, '\u202f');
}
