export interface NumberBounds {
  readonly min: number;
  readonly max: number;
  /** Accepts a decimal point or comma. */
  readonly decimals: boolean;
  /** An empty text is no problem. */
  readonly optional: boolean;
}

/** A typed number: `value` is null when it cannot be used, and `problem` then says why in words. */
export interface NumberReading {
  readonly value: number | null;
  readonly problem: string;
}

/** Reads what a person typed into a number field; spaces around it are allowed. */
export function readNumber(text: string, bounds: NumberBounds): NumberReading {
  const trimmed = text.trim();
  const { min, max, decimals, optional } = bounds;
  const range = `from ${min} to ${max}`;
  const wanted = decimals ? `Enter a number ${range}.` : `Enter a whole number ${range}.`;
  if (trimmed === '') return { value: null, problem: optional ? '' : wanted };
  const pattern = decimals ? /^[+-]?\d+(?:[.,]\d+)?$/ : /^[+-]?\d+$/;
  if (!pattern.test(trimmed)) return { value: null, problem: wanted };
  const value = Number(trimmed.replace(',', '.'));
  if (value < min) return { value: null, problem: `${trimmed} is too small. ${wanted}` };
  if (value > max) return { value: null, problem: `${trimmed} is too large. ${wanted}` };
  return { value, problem: '' };
}
