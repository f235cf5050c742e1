import type { SearchProgress, SearchResult } from '../../../src-main/api/contract/console.ts';
import { client } from '../../state/client.svelte.ts';

/** Looking for bytes in one transcript: what is typed, what was found, and which match is shown. */
export class TranscriptSearch {
  readonly #sessionId: string;
  text = $state('');
  format = $state<'text' | 'hex'>('text');
  ignoreCase = $state(true);
  running = $state(false);
  result = $state.raw<SearchResult | null>(null);
  progress = $state.raw<SearchProgress | null>(null);
  error = $state.raw<unknown>(null);
  /** Index of the match shown. */
  at = $state(0);
  #controller: AbortController | null = null;

  constructor(sessionId: string) {
    this.#sessionId = sessionId;
  }

  /** The entry in which the shown match begins, or null. */
  get entry(): number | null {
    return this.result?.matches[this.at]?.n ?? null;
  }

  async start(): Promise<void> {
    this.stop();
    this.result = null;
    this.error = null;
    this.progress = null;
    this.at = 0;
    if (this.text === '') return;
    const controller = new AbortController();
    this.#controller = controller;
    this.running = true;
    const needle = { format: this.format, text: this.text, ignoreCase: this.ignoreCase };
    try {
      const result = await client.call(
        'console.search',
        { id: this.#sessionId, needle },
        { signal: controller.signal, onProgress: (progress) => (this.progress = progress) },
      );
      if (this.#controller === controller) this.result = result;
    } catch (thrown) {
      if (this.#controller === controller && !controller.signal.aborted) this.error = thrown;
    } finally {
      if (this.#controller === controller) this.running = false;
    }
  }

  stop(): void {
    this.#controller?.abort();
    this.#controller = null;
    this.running = false;
  }

  step(by: 1 | -1): void {
    const count = this.result?.matches.length ?? 0;
    if (count > 0) this.at = (this.at + by + count) % count;
  }
}
