/**
 * Heights of the rows of a long list of which only those in sight were ever measured. Rows not measured count as what
 * was guessed for them, or as the estimate. Looking a row or a place up takes about as many steps as the count has binary
 * digits (a Fenwick tree over what known heights differ from the estimate).
 */
export class RowHeights {
  /** Measured or guessed. */
  readonly #known = new Map<number, number>();
  #tree = new Float64Array(1024 + 1);
  #estimate: number;
  #count = 0;

  /** Heights are pixels. */
  constructor(estimate: number) {
    this.#estimate = estimate;
  }

  get count(): number {
    return this.#count;
  }

  /** Height of all rows together. */
  get total(): number {
    return this.offsetOf(this.#count);
  }

  /** Forgets every known height, as when rows are drawn differently. */
  reset(estimate: number): void {
    this.#estimate = estimate;
    this.#known.clear();
    this.#tree.fill(0);
  }

  setCount(count: number): void {
    if (count < this.#count) {
      for (const row of [...this.#known.keys()].filter((known) => known >= count)) {
        this.set(row, this.#estimate);
        this.#known.delete(row);
      }
    }
    this.#count = count;
    while (this.#tree.length <= count) this.#grow();
  }

  /** Notes a measured or guessed height; true when it differs from what the row counted as. */
  set(row: number, height: number): boolean {
    const before = this.heightOf(row);
    this.#known.set(row, height);
    if (before === height) return false;
    for (let i = row + 1; i < this.#tree.length; i += i & -i) this.#tree[i] = (this.#tree[i] ?? 0) + height - before;
    return true;
  }

  /** Whether the row's height was measured or guessed. */
  knows(row: number): boolean {
    return this.#known.has(row);
  }

  heightOf(row: number): number {
    return this.#known.get(row) ?? this.#estimate;
  }

  /** Height of the rows before `row`. */
  offsetOf(row: number): number {
    let sum = row * this.#estimate;
    for (let i = row; i > 0; i -= i & -i) sum += this.#tree[i] ?? 0;
    return sum;
  }

  /** The row at a distance from the top, held to the rows there are. */
  rowAt(offset: number): number {
    let row = 0;
    let before = 0;
    for (let step = this.#tree.length - 1; step > 0; step >>= 1) {
      const next = row + step;
      if (next > this.#count) continue;
      const sum = before + step * this.#estimate + (this.#tree[next] ?? 0);
      if (sum > offset) continue;
      row = next;
      before = sum;
    }
    return Math.max(0, Math.min(row, this.#count - 1));
  }

  /** Doubles the room; the new last node covers every row. */
  #grow(): void {
    const capacity = this.#tree.length - 1;
    const grown = new Float64Array(capacity * 2 + 1);
    grown.set(this.#tree);
    grown[capacity * 2] = grown[capacity] ?? 0;
    this.#tree = grown;
  }
}
