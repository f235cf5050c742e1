import type { HistoryEntry, LookupAnswer, LookupReport, RecordType } from '../../../src-main/api/lookup.ts';
import { client } from '../../state/client.svelte.ts';
import { toast } from '../../ui/index.ts';

/** What the form says, kept while other screens are open. */
export interface DnsForm {
  name: string;
  type: RecordType | 'auto';
  system: boolean;
  configured: boolean;
  mdns: boolean;
  server: string;
  /** Empty: only from this computer. */
  deviceId: string;
}

export const emptyForm: DnsForm = {
  name: '',
  type: 'auto',
  system: true,
  configured: true,
  mdns: true,
  server: '',
  deviceId: '',
};

/** One look-up at a time: its answers as they come, then the whole report. */
export class DnsLookup {
  answers = $state.raw<readonly LookupAnswer[]>([]);
  report = $state.raw<LookupReport | null>(null);
  error = $state.raw<unknown>(null);
  running = $state(false);
  /** The name the answers shown belong to. */
  asked = $state('');
  history = $state.raw<readonly HistoryEntry[]>([]);
  #controller: AbortController | null = null;

  constructor() {
    client.onResync(() => void this.loadHistory());
    void this.loadHistory();
  }

  async start(form: DnsForm): Promise<void> {
    this.stop();
    const controller = new AbortController();
    this.#controller = controller;
    this.answers = [];
    this.report = null;
    this.error = null;
    this.running = true;
    this.asked = form.name.trim();
    try {
      const report = await client.call('dns.lookup', requestOf(form), {
        signal: controller.signal,
        onProgress: (answer) => {
          if (this.#controller === controller) this.answers = [...this.answers, answer];
        },
      });
      if (this.#controller !== controller) return;
      this.report = report;
      this.answers = report.answers;
      await this.loadHistory();
    } catch (thrown) {
      if (this.#controller === controller && !controller.signal.aborted) this.error = thrown;
    } finally {
      if (this.#controller === controller) this.running = false;
    }
  }

  stop(): void {
    this.#controller?.abort();
    this.running = false;
  }

  /** Reads what was looked up before; it is left as it was when that fails, since nothing depends on it. */
  async loadHistory(): Promise<void> {
    try {
      this.history = await client.call('dns.history', {});
    } catch (thrown) {
      toast.bad(thrown);
    }
  }

  async clearHistory(): Promise<void> {
    try {
      await client.call('dns.clearHistory', {});
      this.history = [];
      toast.good('All look-ups are forgotten');
    } catch (thrown) {
      toast.bad(thrown);
    }
  }
}

function requestOf(form: DnsForm): Parameters<typeof client.call<'dns.lookup'>>[1] {
  return {
    name: form.name,
    types: form.type === 'auto' ? [] : [form.type],
    here: true,
    deviceIds: form.deviceId === '' ? [] : [form.deviceId],
    system: form.system,
    configured: form.configured,
    servers: form.server.trim() === '' ? [] : [form.server.trim()],
    mdns: form.mdns,
  };
}
