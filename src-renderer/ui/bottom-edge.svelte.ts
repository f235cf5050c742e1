/** What stands at the bottom of the window and must stay free: the place where one types, a bar, a dock. */
class BottomEdge {
  readonly #parts = new Set<Element>();
  readonly #sizes = new ResizeObserver(() => this.#measure());
  #height = $state(0);

  /** How far it reaches up from the bottom of the window, in pixels. */
  get height(): number {
    return this.#height;
  }

  add(part: Element): () => void {
    this.#parts.add(part);
    this.#sizes.observe(part);
    return () => {
      this.#parts.delete(part);
      this.#sizes.unobserve(part);
      this.#measure();
    };
  }

  /** A part that begins in the upper half is beside the page, as the rail of a wide window is. */
  #measure(): void {
    const tops = [...this.#parts].map((part) => part.getBoundingClientRect().top);
    const lowest = tops.filter((top) => top > innerHeight / 2);
    this.#height = Math.max(0, ...lowest.map((top) => innerHeight - top));
  }
}

export const bottomEdge = new BottomEdge();

/** `{@attach keepFree}`: short messages appear above this part. */
export const keepFree = (part: Element): (() => void) => bottomEdge.add(part);
