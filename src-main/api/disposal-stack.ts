/** Something that may hold what must be released. */
export interface MaybeDisposable {
  readonly dispose?: () => unknown;
}

/** Releases what was added, the last one first, each once; one failure keeps none of the others from being released. */
export class DisposalStack {
  readonly #entries: MaybeDisposable[] = [];
  #disposing: Promise<void> | null = null;

  add<T extends MaybeDisposable>(entry: T): T {
    this.#entries.push(entry);
    return entry;
  }

  /** Raises an `AggregateError` of what went wrong, once everything has been tried. */
  dispose(): Promise<void> {
    this.#disposing ??= this.#disposeAll();
    return this.#disposing;
  }

  async #disposeAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const entry of this.#entries.splice(0).reverse()) {
      try {
        await entry.dispose?.();
      } catch (thrown) {
        errors.push(thrown);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'Some parts did not end cleanly.');
  }
}
