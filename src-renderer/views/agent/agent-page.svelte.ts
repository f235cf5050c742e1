import type { DeployOptions, DeploySnapshot, JobKind } from '../../../src-main/api/deploy.ts';
import { client } from '../../state/client.svelte.ts';
import { Newest } from '../../state/newest.svelte.ts';
import { wantsPassword } from './agent-words.ts';

type Operation = Exclude<JobKind, 'deploy'>;

/** A piece of work the user asked for, so that it can be asked for once more with a password. */
export type Wish =
  { readonly kind: 'deploy'; readonly options: DeployOptions } | { readonly kind: 'operate'; readonly what: Operation };

/** The agent of one device as this page shows it. */
export class AgentPage {
  readonly deviceId: string;
  readonly #newest = new Newest<DeploySnapshot>();
  /** Why something could not be begun; the work's own failure is in the job. */
  error = $state.raw<unknown>(null);
  /** The work that waits for sudo's password, and why it is asked for. */
  asking = $state.raw<{ readonly wish: Wish; readonly problem: string } | null>(null);
  /** True while the main process looks at the device without changing it. */
  isLooking = $state(false);
  /** The job's end the user has seen and put away, by its start. */
  dismissedJob = $state(0);
  /** When the last job that was begun on this page was started; one begun elsewhere asks for no password by itself. */
  #startedAt: number | null = null;
  readonly #stop: readonly (() => void)[];

  constructor(deviceId: string) {
    this.deviceId = deviceId;
    this.#stop = [
      client.on('deploy.changed', (snapshot) => this.#take(snapshot)),
      client.onResync(() => void this.watch()),
    ];
  }

  /** Null until the first answer of the main process. */
  get snapshot(): DeploySnapshot | null {
    return this.#newest.current;
  }

  get isWorking(): boolean {
    return this.snapshot?.job?.result.kind === 'running';
  }

  /** What the job was begun for. */
  get lastWish(): Wish | null {
    if (this.snapshot === null) return null;
    const { job, options } = this.snapshot;
    if (job === null) return null;
    return job.kind === 'deploy' ? { kind: 'deploy', options } : { kind: 'operate', what: job.kind };
  }

  /** Begins to follow the agent, or reads it anew. */
  async watch(): Promise<void> {
    try {
      this.#newest.countAnew();
      this.#take(await client.call('deploy.watch', { deviceId: this.deviceId }));
    } catch (thrown) {
      this.error = thrown;
    }
  }

  /** Looks at the device without changing it; the findings come with the snapshot. */
  async look(options: DeployOptions): Promise<void> {
    this.isLooking = true;
    try {
      await client.call('deploy.preflight', { deviceId: this.deviceId, options });
      this.error = null;
    } catch (thrown) {
      this.error = thrown;
    } finally {
      this.isLooking = false;
    }
  }

  /** Begins a piece of work. */
  async begin(wish: Wish, password?: string): Promise<void> {
    this.asking = null;
    const { deviceId } = this;
    try {
      const begun =
        wish.kind === 'deploy'
          ? await client.call('deploy.start', { deviceId, options: wish.options, password })
          : await client.call('deploy.operate', { deviceId, operation: wish.what, password });
      this.#startedAt = begun.job?.startedAt ?? null;
      this.#take(begun);
      this.error = null;
    } catch (thrown) {
      this.error = thrown;
    }
  }

  /** Asks for sudo's password, to do once more what ended for the want of it. */
  askForPassword(problem = ''): void {
    const wish = this.lastWish;
    if (wish) this.asking = { wish, problem };
  }

  /** Does with the password what waits for it. */
  answer(password: string): void {
    if (this.asking) void this.begin(this.asking.wish, password);
  }

  /** Deploys as well as that goes without root. */
  answerWithoutRoot(): void {
    const wish = this.asking?.wish;
    if (wish?.kind === 'deploy') void this.begin({ kind: 'deploy', options: { ...wish.options, service: 'no-root' } });
  }

  async cancel(): Promise<void> {
    try {
      this.#take(await client.call('deploy.cancel', { deviceId: this.deviceId }));
    } catch (thrown) {
      this.error = thrown;
    }
  }

  dispose(): void {
    for (const stop of this.#stop) stop();
  }

  #take(snapshot: DeploySnapshot): void {
    if (snapshot.deviceId !== this.deviceId) return;
    const wasWorking = this.isWorking;
    if (!this.#newest.take(snapshot)) return;
    const { job } = snapshot;
    if (!wasWorking || job?.startedAt !== this.#startedAt) return;
    const { result } = job;
    if (result.kind !== 'failed' || !wantsPassword(result)) return;
    const { code, message } = result.error;
    this.askForPassword(code === 'SUDO_WRONG_PASSWORD' ? message : '');
  }
}
