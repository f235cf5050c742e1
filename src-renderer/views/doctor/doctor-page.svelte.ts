import type { DoctorReport, DoctorStep } from '../../../src-main/api/contract/doctor.ts';
import { client } from '../../state/client.svelte.ts';

/** The examination of one device: its steps as they come, then the whole report. */
export class DoctorPage {
  readonly deviceId: string;
  switchLed = $state(true);
  steps = $state.raw<readonly DoctorStep[]>([]);
  report = $state.raw<DoctorReport | null>(null);
  error = $state.raw<unknown>(null);
  running = $state(false);
  /** True after the person stopped it: what is shown is not the whole chain. */
  stopped = $state(false);
  #controller: AbortController | null = null;

  constructor(deviceId: string) {
    this.deviceId = deviceId;
  }

  async run(): Promise<void> {
    this.#controller?.abort();
    const controller = new AbortController();
    this.#controller = controller;
    this.steps = [];
    this.report = null;
    this.error = null;
    this.stopped = false;
    this.running = true;
    const mine = (): boolean => this.#controller === controller;
    try {
      const args = { deviceId: this.deviceId, switchLed: this.switchLed };
      const report = await client.call('doctor.run', args, {
        signal: controller.signal,
        onProgress: (step) => {
          if (mine() && !controller.signal.aborted) this.#take(step);
        },
      });
      if (!mine()) return;
      this.report = report;
      this.steps = report.steps;
    } catch (thrown) {
      if (mine() && !controller.signal.aborted) this.error = thrown;
    } finally {
      if (mine()) this.running = false;
    }
  }

  stop(): void {
    if (!this.running) return;
    this.#controller?.abort();
    this.running = false;
    this.stopped = true;
    // What was not looked at yet stays open.
    this.steps = this.steps.map((step) => (step.state === 'running' ? { ...step, state: 'waiting' } : step));
  }

  #take(step: DoctorStep): void {
    const known = this.steps.some(({ id }) => id === step.id);
    this.steps = known ? this.steps.map((one) => (one.id === step.id ? step : one)) : [...this.steps, step];
  }
}
