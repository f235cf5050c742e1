/** The newest of the numbered snapshots of one thing. An answer can come later than a change that is newer than it. */
export class Newest<Snapshot extends { readonly number: number }> {
  #current = $state.raw<Snapshot | null>(null);
  #number = 0;

  /** Null until the first one came. */
  get current(): Snapshot | null {
    return this.#current;
  }

  /** Before it is asked for anew: a main process that started again counts from 0. What is known is shown meanwhile. */
  countAnew(): void {
    this.#number = 0;
  }

  /** Takes in a snapshot, unless a newer one came already; returns whether it did. */
  take(snapshot: Snapshot): boolean {
    if (snapshot.number < this.#number) return false;
    this.#number = snapshot.number;
    this.#current = snapshot;
    return true;
  }
}
