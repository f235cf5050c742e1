import type { SessionOptions, SessionSnapshot, Snippet } from '../../../src-main/api/contract/console.ts';
import type { PayloadInput } from '../../../src-main/api/payload.ts';
import { clientDefaults, listenerDefaults } from '../../../src-main/api/session-defaults.ts';
import { AppError } from '../../../src-main/errors/app-error.ts';
import { client } from '../../state/client.svelte.ts';
import { SessionPage } from './session-page.svelte.ts';

/** The tabs of the console, as the main process has them. */
class ConsoleStore {
  #pages = $state.raw<readonly SessionPage[]>([]);
  /** The tab shown; null for the form that opens a new one. */
  #activeId = $state<string | null>(null);
  /** Whether the user, or a link, has chosen what is shown. */
  #chosen = false;
  #loaded = $state(false);
  #error = $state.raw<unknown>(null);
  snippets = $state.raw<readonly Snippet[]>([]);
  /** What was sent before, the newest last. */
  history = $state.raw<readonly PayloadInput[]>([]);

  constructor() {
    client.on('console.changed', ({ changed, removed }) => {
      for (const id of removed) this.#forget(id);
      for (const notice of changed) {
        const page = this.#pages.find(({ id }) => id === notice.id);
        if (page) page.noticed(notice);
        else void this.#adopt(notice.id);
      }
    });
    client.onResync(() => void this.load());
    void this.load();
  }

  get pages(): readonly SessionPage[] {
    return this.#pages;
  }

  get active(): SessionPage | null {
    return this.#pages.find(({ id }) => id === this.#activeId) ?? null;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  get error(): unknown {
    return this.#error;
  }

  async load(): Promise<void> {
    try {
      const [sessions, snippets, history] = await Promise.all([
        client.call('console.list', {}),
        client.call('console.snippets', {}),
        client.call('console.history', {}),
      ]);
      const known = new Map(this.#pages.map((page) => [page.id, page]));
      this.#pages = sessions.map((session) => {
        const page = known.get(session.id);
        page?.take(session);
        page?.rows.again();
        return page ?? new SessionPage(session);
      });
      this.snippets = snippets;
      this.history = history;
      this.#error = null;
      this.#loaded = true;
      if (!this.#chosen) this.#activeId = this.#pages.at(-1)?.id ?? null;
    } catch (thrown) {
      this.#error = thrown;
    }
  }

  show(id: string | null): void {
    this.#chosen = true;
    this.#activeId = id;
  }

  /** Opens a session and shows it. Raises what the call raises. */
  async open(options: SessionOptions): Promise<void> {
    this.add(await client.call('console.open', { options }));
  }

  /** Shows a session that a call has just opened. */
  add(session: SessionSnapshot): void {
    if (!this.#pages.some(({ id }) => id === session.id)) this.#pages = [...this.#pages, new SessionPage(session)];
    this.show(session.id);
  }

  /**
   * Opens a listener that answers like the LED agent and a client connected to it, and shows the client. Raises what
   * opening raises, and `NOT_LISTENING` when this computer lets nothing listen on its loopback.
   */
  async openPracticePair(): Promise<void> {
    const listener = { ...listenerDefaults, host: '127.0.0.1', port: 0, responder: { kind: 'led' as const } };
    const { id } = await client.call('console.open', { options: listener });
    const port = await this.#portOf(id);
    await this.open({ ...clientDefaults, host: '127.0.0.1', port });
    if (this.active) this.active.composer.ledButtons = true;
  }

  /** The port of a listener that was just opened. */
  async #portOf(id: string): Promise<number> {
    for (let tries = 0; tries < 50; tries += 1) {
      const { state } = await client.call('console.session', { id });
      if (state.kind === 'listening') return state.local.port;
      if (state.kind === 'failed') break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new AppError('NOT_LISTENING', 'The listener of the pair did not start.', {
      hint: 'Its tab says why.',
    });
  }

  async close(id: string): Promise<void> {
    await client.call('console.close', { id });
    this.#forget(id);
  }

  async saveSnippet(name: string, payload: PayloadInput): Promise<void> {
    await client.call('console.saveSnippet', { name, payload });
    this.snippets = await client.call('console.snippets', {});
  }

  async deleteSnippet(id: string): Promise<void> {
    await client.call('console.deleteSnippet', { id });
    this.snippets = await client.call('console.snippets', {});
  }

  remembered(payload: PayloadInput): void {
    if (JSON.stringify(this.history.at(-1)) !== JSON.stringify(payload)) this.history = [...this.history, payload];
  }

  async forgetHistory(): Promise<void> {
    await client.call('console.forgetHistory', {});
    this.history = [];
  }

  /** Takes in a session that another page opened. */
  async #adopt(id: string): Promise<void> {
    const session = await client.call('console.session', { id }).catch(() => null);
    if (!session || this.#pages.some((page) => page.id === id)) return;
    this.#pages = [...this.#pages, new SessionPage(session)];
  }

  #forget(id: string): void {
    const at = this.#pages.findIndex((page) => page.id === id);
    if (at === -1) return;
    this.#pages = this.#pages.filter((page) => page.id !== id);
    if (this.#activeId === id) this.#activeId = (this.#pages[at] ?? this.#pages[at - 1])?.id ?? null;
  }
}

export const consoleStore = new ConsoleStore();
