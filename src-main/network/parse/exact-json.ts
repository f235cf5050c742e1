/** What `parseExactJson` gives: numbers too long for JavaScript come as text of digits. */
export type ExactJson = string | number | boolean | null | ExactJson[] | { [key: string]: ExactJson };

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * Reads JSON without losing a digit: whole numbers beyond 2^53 become strings. Undefined for text that is no JSON, such
 * as the usage text busybox prints for `ip -json`.
 */
export function parseExactJson(text: string): ExactJson | undefined {
  const quoted = text.replace(STRING_OR_NUMBER, (token) =>
    /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
  );
  try {
    return JSON.parse(quoted) as ExactJson;
  } catch {
    return undefined;
  }
}

/** A JSON object, read field by field: a field of another type than asked for is null. */
export class JsonRecord {
  readonly #fields: Readonly<Record<string, ExactJson>>;

  private constructor(fields: Readonly<Record<string, ExactJson>>) {
    this.#fields = fields;
  }

  static from(value: ExactJson | undefined): JsonRecord | null {
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? new JsonRecord(value) : null;
  }

  /** The objects of a list; old iproute2 puts empty ones between. */
  static listFrom(value: ExactJson | undefined): readonly JsonRecord[] {
    return Array.isArray(value) ? value.flatMap((each) => JsonRecord.from(each) ?? []) : [];
  }

  text(key: string): string | null {
    const value = this.#fields[key];
    return typeof value === 'string' ? value : null;
  }

  number(key: string): number | null {
    const value = this.#fields[key];
    return typeof value === 'number' ? value : null;
  }

  flag(key: string): boolean {
    return this.#fields[key] === true;
  }

  /** A whole number of any size as digits. */
  digits(key: string): string | null {
    const value = this.#fields[key];
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return String(value);
    return typeof value === 'string' && /^\d+$/.test(value) ? value : null;
  }

  texts(key: string): readonly string[] {
    const value = this.#fields[key];
    return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
  }

  record(key: string): JsonRecord | null {
    return JsonRecord.from(this.#fields[key]);
  }

  records(key: string): readonly JsonRecord[] {
    return JsonRecord.listFrom(this.#fields[key]);
  }
}
