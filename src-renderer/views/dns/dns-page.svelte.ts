import { type LookupAnswer, type LookupReport, type RecordType } from '../../../src-main/api/lookup.ts';
import { client } from '../../state/client.svelte.ts';

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
  #controller: AbortController | null = null;

  async start(form: DnsForm): Promise<void> {
    this.stop();
    const controller = new AbortController();
    this.#controller = controller;
    this.answers = [];
    this.report = null;
    this.error = null;
    this.running = true;
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
