/** Milliseconds for which what happened to this computer is said. */
const SAID_MS = 60_000;

/** What happened to this computer, said for a while. */
export class News {
  readonly #until = new Map<string, number>();

  say(text: string): void {
    this.#until.set(text, Date.now() + SAID_MS);
  }

  /** What is still to be said. */
  get texts(): readonly string[] {
    for (const [text, until] of this.#until) if (Date.now() > until) this.#until.delete(text);
    return [...this.#until.keys()];
  }
}
