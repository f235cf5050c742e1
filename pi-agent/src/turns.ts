/** Actions that run one after another, in the order they were asked for. One that fails does not hold up the next. */
export class Turns {
  #tail: Promise<unknown> = Promise.resolve();
  /** How many actions `#tail` waits for. */
  #inLine = 0;

  /** Whether an action would be the next to run. */
  get free(): boolean {
    return this.#inLine === 0;
  }

  /** Runs an action when its turn has come, and gives what it gives. */
  take<T>(action: () => Promise<T>): Promise<T> {
    const done = this.#tail.then(action);
    const leave = (): void => {
      this.#inLine -= 1;
    };
    this.#inLine += 1;
    this.#tail = done.then(leave, leave);
    return done;
  }

  /** Settles when everything asked for before is done. */
  async settled(): Promise<void> {
    await this.#tail;
  }
}
