import { SvelteSet } from 'svelte/reactivity';
import { DEFAULT_OPTIONS, type ManyChange, type ManySnapshot } from '../../../src-main/api/deploy.ts';
import { client } from '../../state/client.svelte.ts';
import { devices } from '../../state/devices.svelte.ts';
import { Newest } from '../../state/newest.svelte.ts';
import { DeployForm } from '../agent/deploy-form.svelte.ts';
import { isUnderWay } from './many-words.ts';

/** The deployment to several devices, and what is chosen for the next one; kept while other pages are shown. */
class DeployMany {
  readonly #newest = new Newest<ManySnapshot>();
  /** Why something could not be begun or read; each device's own failure is in its row. */
  error = $state.raw<unknown>(null);
  isStarting = $state(false);
  readonly form = new DeployForm(DEFAULT_OPTIONS, false);
  atOnce = $state<number | null>(4);
  readonly chosen = new SvelteSet<string>();
  /** The run whose rows the user has put away, to choose anew. */
  #putAway = $state(0);

  constructor() {
    client.on('deploy.manyChanged', (change) => this.#apply(change));
    client.onResync(() => void this.load());
    void this.load();
  }

  /** Null until the first answer of the main process. */
  get snapshot(): ManySnapshot | null {
    return this.#newest.current;
  }

  /** The deployment to show; null while one is being chosen. */
  get shown(): ManySnapshot | null {
    const shown = this.snapshot;
    if (shown === null || shown.rows.length === 0) return null;
    return shown.run === this.#putAway && !isUnderWay(shown.rows) ? null : shown;
  }

  /** The devices that can be deployed to now, in the list's order. */
  get ready(): readonly string[] {
    return devices.all
      .filter(({ kind, connection }) => kind === 'practice' || connection.kind === 'signed-in')
      .map(({ id }) => id);
  }

  get chosenReady(): readonly string[] {
    return this.ready.filter((id) => this.chosen.has(id));
  }

  choose(deviceId: string, isChosen: boolean): void {
    if (isChosen) this.chosen.add(deviceId);
    else this.chosen.delete(deviceId);
  }

  async load(): Promise<void> {
    try {
      this.#newest.countAnew();
      this.#newest.take(await client.call('deploy.many', {}));
      this.error = null;
    } catch (thrown) {
      this.error = thrown;
    }
  }

  async start(): Promise<void> {
    const { options } = this.form;
    if (options === null || this.atOnce === null || this.isStarting) return;
    this.isStarting = true;
    this.error = null;
    try {
      const deviceIds = [...this.chosenReady];
      this.#newest.take(await client.call('deploy.startMany', { deviceIds, options, atOnce: this.atOnce }));
    } catch (thrown) {
      this.error = thrown;
    } finally {
      this.isStarting = false;
    }
  }

  async cancel(): Promise<void> {
    try {
      this.#newest.take(await client.call('deploy.cancelMany', {}));
    } catch (thrown) {
      this.error = thrown;
    }
  }

  /** Back to the choice, with those chosen that are not deployed, if there are any. */
  chooseAgain(): void {
    const rows = this.snapshot?.rows ?? [];
    const open = rows.filter(({ result }) => result.kind === 'failed' || result.kind === 'cancelled');
    if (open.length > 0) this.chosen.clear();
    for (const { deviceId } of open) this.chosen.add(deviceId);
    this.#putAway = this.snapshot?.run ?? 0;
  }

  #apply({ number, run, row }: ManyChange): void {
    const known = this.snapshot;
    if (known === null || run > known.run) {
      void this.load();
      return;
    }
    if (run < known.run || number <= known.number) return;
    const rows = known.rows.map((one) => (one.deviceId === row.deviceId ? row : one));
    this.#newest.take({ ...known, number, rows });
  }
}

export const deployMany = new DeployMany();
