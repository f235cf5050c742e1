import type { EchoOptions, EchoProgress, EchoReport, EchoRunSummary } from '../../../src-main/api/contract/echo.ts';
import { client } from '../../state/client.svelte.ts';
import { toast } from '../../ui/index.ts';

/** The test that runs, the result shown, and the earlier runs beside it. */
export class EchoPage {
  running = $state.raw<EchoOptions | null>(null);
  progress = $state.raw<EchoProgress | null>(null);
  report = $state.raw<EchoReport | null>(null);
  compared = $state.raw<EchoReport | null>(null);
  error = $state.raw<unknown>(null);
  runs = $state.raw<readonly EchoRunSummary[]>([]);
  /** Why the earlier runs could not be read. */
  runsError = $state.raw<unknown>(null);
  #stop: AbortController | null = null;

  constructor() {
    client.onResync(() => void this.loadRuns());
    void this.loadRuns();
  }

  /** Runs one test to its end; a second start meanwhile does nothing. */
  async start(options: EchoOptions): Promise<void> {
    if (this.running) return;
    const stop = new AbortController();
    this.#stop = stop;
    this.running = options;
    this.progress = null;
    this.error = null;
    const before = this.report;
    this.report = null;
    try {
      this.report = await client.call('echo.run', options, {
        signal: stop.signal,
        onProgress: (progress) => (this.progress = progress),
      });
    } catch (thrown) {
      this.report = before;
      if (!stop.signal.aborted) this.error = thrown;
    } finally {
      this.running = null;
      this.progress = null;
    }
    await this.loadRuns();
  }

  stop(): void {
    this.#stop?.abort();
  }

  async loadRuns(): Promise<void> {
    try {
      this.runs = await client.call('echo.runs', {});
      this.runsError = null;
    } catch (thrown) {
      this.runsError = thrown;
    }
  }

  async show(id: string): Promise<void> {
    this.report = await client.call('echo.report', { id });
    if (this.compared?.id === id) this.compared = null;
  }

  async compareWith(id: string): Promise<void> {
    this.compared = await client.call('echo.report', { id });
  }

  async delete(id: string): Promise<void> {
    await client.call('echo.delete', { id });
    if (this.compared?.id === id) this.compared = null;
    if (this.report?.id === id) this.report = null;
    await this.loadRuns();
    toast.good('Deleted the run');
  }
}
