import { tick } from 'svelte';

type Over = 'palette' | 'shortcuts' | 'about' | 'licences';

class Overlay {
  #cameFrom: Element | null = null;
  #shown = $state<Over | null>(null);

  get shown(): Over | null {
    return this.#shown;
  }

  show(what: Over): void {
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

/** What can lie over every screen: the command palette, the list of keys, what the app is, and its licences. */
export const overlay = new Overlay();
