/** The rates offered, by how often the LED lights a second. */
export const BLINK_RATES = [
  { value: '0.5', label: '½' },
  { value: '1', label: '1' },
  { value: '2', label: '2' },
  { value: '5', label: '5' },
  { value: '10', label: '10' },
] as const;

export type BlinkRate = (typeof BLINK_RATES)[number]['value'];

/** Milliseconds of one phase, on or off, at this rate. */
export function phaseOfRate(rate: BlinkRate): number {
  return 500 / Number(rate);
}

/** The offered rate with this phase, or null when another client chose its own. */
export function rateOfPhase(phaseMs: number): BlinkRate | null {
  return BLINK_RATES.find(({ value }) => phaseOfRate(value) === phaseMs)?.value ?? null;
}
