import { AppError } from '../../src-main/errors/app-error.ts';

export interface Toast {
  readonly id: number;
  readonly tone: 'good' | 'info' | 'bad';
  readonly text: string;
  readonly hint: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

const SHOWN_MS = 5000;
/** Errors shown at once. */
const MOST_ERRORS = 3;

class Toasts {
  #list = $state.raw<readonly Toast[]>([]);
  #nextId = 1;

  get list(): readonly Toast[] {
    return this.#list;
  }

  /** Says that something worked; goes away by itself. */
  good(text: string, action?: Toast['action']): void {
    this.#show({ tone: 'good', text, hint: '', action });
  }

  /** Says something worth knowing; goes away by itself. */
  info(text: string, action?: Toast['action']): void {
    this.#show({ tone: 'info', text, hint: '', action });
  }

  /** For an error with no place of its own on the page; stays until dismissed. Prefer ErrorPanel. */
  bad(thrown: unknown): void {
    const { message, hint } = AppError.from(thrown);
    this.#show({ tone: 'bad', text: message, hint });
  }

  dismiss(id: number): void {
    this.#list = this.#list.filter((toast) => toast.id !== id);
  }

  #show(toast: Omit<Toast, 'id'>): void {
    const id = this.#nextId++;
    // What goes away by itself gives way to what is newer, so that no stack of it covers the page.
    const errors = this.#list.filter(({ tone, text }) => tone === 'bad' && text !== toast.text);
    this.#list = [...errors.slice(-MOST_ERRORS + 1), { ...toast, id }];
    if (toast.tone === 'bad') return;
    setTimeout(() => {
      this.dismiss(id);
    }, SHOWN_MS);
  }
}

/** Short messages in the corner of the page: `toast.good('Agent deployed')`. */
export const toast = new Toasts();
