/** A growing list of whole numbers below 2³², in one typed array. */
export class RowList {
  #numbers = new Uint32Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  at(i: number): number | undefined {
    return i < this.#length ? this.#numbers[i] : undefined;
  }

  push(value: number): void {
    if (this.#length === this.#numbers.length) {
      const grown = new Uint32Array(this.#numbers.length * 2);
      grown.set(this.#numbers);
      this.#numbers = grown;
    }
    this.#numbers[this.#length] = value;
    this.#length += 1;
  }

  setLast(value: number): void {
    if (this.#length > 0) this.#numbers[this.#length - 1] = value;
  }

  /** Adds a value near the end, keeping the list sorted and without doubles. */
  insertSorted(value: number): void {
    let at = this.#length;
    while (at > 0 && (this.#numbers[at - 1] ?? 0) > value) at -= 1;
    if (at > 0 && this.#numbers[at - 1] === value) return;
    this.push(value);
    this.#numbers.copyWithin(at + 1, at, this.#length - 1);
    this.#numbers[at] = value;
  }

  /** Index of the first number at or above `value`. */
  lowerBound(value: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#numbers[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
