import { randomBytes } from 'node:crypto';

/** A marker no program prints by chance. */
export function newMarker(): string {
  return `pw-${randomBytes(8).toString('hex')}`;
}

/** The answers of a probe, by name. What was printed before the first marker belongs to nobody and is left out. */
export class Sections {
  readonly #answers = new Map<string, string>();

  constructor(output: string, marker: string) {
    const [, ...parts] = `\n${output}`.split(`\n${marker} `);
    for (const part of parts) {
      const end = part.indexOf('\n');
      const name = end < 0 ? part : part.slice(0, end);
      this.#answers.set(name.trim(), end < 0 ? '' : part.slice(end + 1));
    }
  }

  /** False when the script did not come that far. */
  has(name: string): boolean {
    return this.#answers.has(name);
  }

  /** The whole answer, without NUL bytes and outer blanks. */
  text(name: string): string {
    return (this.#answers.get(name) ?? '').replaceAll('\0', ' ').trim();
  }

  /** The first line, or null when there is none. */
  line(name: string): string | null {
    return this.lines(name)[0] ?? null;
  }

  /** Every line that is not empty. */
  lines(name: string): string[] {
    return this.text(name)
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line) => line.trim() !== '');
  }

  /** A word the script prints when something is so. */
  says(name: string, word: string): boolean {
    return this.lines(name).includes(word);
  }
}
