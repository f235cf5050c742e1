import { tick } from 'svelte';

class Overlay {
  #cameFrom: Element | null = null;
  #shown = $state<'palette' | 'shortcuts' | null>(null);

  get shown(): 'palette' | 'shortcuts' | null {
    return this.#shown;
  }

  show(what: 'palette' | 'shortcuts'): void {
    if (this.#shown === null) this.#cameFrom = document.activeElement;
    this.#shown = what;
  }

  /** Gives the focus back where it was. */
  close(): void {
    this.#shown = null;
    const back = this.#cameFrom;
    void tick().then(() => {
      if (back instanceof HTMLElement) back.focus();
    });
  }
}

/** What lies over every screen at a key press: the command palette, or the list of keys. */
export const overlay = new Overlay();
