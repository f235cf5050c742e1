import type { Calls } from '../../src-main/api/contract.ts';
import type { ArgsOf, ResultOf } from '../../src-main/api/definition.ts';
import { client } from './client.svelte.ts';

type Settings = ResultOf<Calls['settings.read']>;

class AppSettings {
  #current = $state.raw<Settings | null>(null);
  #error = $state.raw<unknown>(null);
  /** What the system asks for; it may change while the app runs. */
  readonly #lessMotion = window.matchMedia('(prefers-reduced-motion: reduce)');

  constructor() {
    this.#show();
    this.#lessMotion.addEventListener('change', () => this.#show());
    client.on('settings.changed', (settings) => this.#take(settings));
    client.onResync(() => void this.load());
    void this.load();
  }

  /** Null until they were read. */
  get current(): Settings | null {
    return this.#current;
  }

  /** Why the last change was not kept, or null. */
  get error(): unknown {
    return this.#error;
  }

  dismissError(): void {
    this.#error = null;
  }

  async load(): Promise<void> {
    try {
      this.#take(await client.call('settings.read', {}));
    } catch (thrown) {
      this.#error = thrown;
    }
  }

  /** Applies and keeps the given fields. */
  async update(change: ArgsOf<Calls['settings.update']>): Promise<void> {
    try {
      this.#take(await client.call('settings.update', change));
      this.#error = null;
    } catch (thrown) {
      this.#error = thrown;
    }
  }

  #take(settings: Settings): void {
    this.#current = settings;
    this.#show();
  }

  /** The styles read both from the root element. */
  #show(): void {
    const { theme, motion } = this.#current ?? { theme: 'system', motion: 'system' };
    const { dataset } = document.documentElement;
    if (theme === 'system') delete dataset['theme'];
    else dataset['theme'] = theme;
    if (motion === 'reduce' || this.#lessMotion.matches) dataset['motion'] = 'reduce';
    else delete dataset['motion'];
  }
}

/** What the user chose; the theme follows it at once. */
export const settings = new AppSettings();
