import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeployService,
  OptionsStore,
  RuntimeStore,
  type DeployOptions,
  type JobKind,
  type JobSnapshot,
  type StepSnapshot,
} from '../../../src-main/deploy/index.ts';
import { TargetRegistry } from '../../../src-main/target/registry.ts';
import type { Target } from '../../../src-main/target/target.ts';
import { LocalTarget } from '../../../src-main/target/local/index.ts';
import { bundleAgent } from '../../../pi-agent/build.mjs';
import { freePort } from '../support/free-port.ts';

/** Where fetched runtimes are kept from one run of the tests to the next, as `.cache` is for everything fetched. */
export const RUNTIME_CACHE = join(import.meta.dirname, '../../../.cache/runtimes');

/** The deployment's service over targets of a test, with a data folder of its own. */
export class DeployWorld {
  readonly folder: string;
  /** The agent that the service deploys. */
  readonly agentFile: string;
  readonly targets: TargetRegistry;
  readonly deploy: DeployService;
  readonly practice: LocalTarget;

  private constructor(folder: string, practice: LocalTarget, store: OptionsStore) {
    this.folder = folder;
    this.agentFile = join(folder, 'led-agent.cjs');
    this.practice = practice;
    this.targets = new TargetRegistry(practice);
    this.deploy = new DeployService({
      targets: this.targets,
      options: store,
      dataDir: folder,
      agentFile: this.agentFile,
      practiceDeviceId: 'practice',
      runtimes: new RuntimeStore({ carriedDir: join(folder, 'none'), cacheDir: RUNTIME_CACHE }),
    });
  }

  /** `change` may turn the bundled agent into another version, or into one that does not work. */
  static async make(change = (text: string): string => text): Promise<DeployWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'pi-workbench-deploy-'));
    const practice = new LocalTarget({ deviceId: 'practice', home: folder });
    const world = new DeployWorld(folder, practice, await OptionsStore.open(folder));
    await writeFile(world.agentFile, change(await agentText()));
    return world;
  }

  /** The defaults of a device, on free ports. */
  async options(deviceId: string, change: Partial<DeployOptions['settings']> = {}): Promise<DeployOptions> {
    const { options } = this.deploy.watch(deviceId);
    const ports = { ledPort: await freePort(), echoPort: await freePort() };
    return { ...options, settings: { ...options.settings, ...ports, ...change } };
  }

  /** Does one piece of work to its end. */
  async run(
    deviceId: string,
    kind: JobKind,
    more: { readonly options?: DeployOptions; readonly password?: string } = {},
  ): Promise<JobSnapshot> {
    this.deploy.start(deviceId, kind, more);
    return this.ended(deviceId);
  }

  /** The work of a device, once it is over. */
  ended(deviceId: string): Promise<JobSnapshot> {
    return new Promise((resolve) => {
      const look = (job: JobSnapshot | null): void => {
        if (job === null || job.result.kind === 'running') return;
        unsubscribe();
        resolve(job);
      };
      const unsubscribe = this.deploy.snapshots.subscribe((snapshot) => {
        if (snapshot.deviceId === deviceId) look(snapshot.job);
      });
    });
  }

  /** Settles when a step of the work on a device has begun. */
  stepRunning(deviceId: string, step: StepSnapshot['id']): Promise<void> {
    return new Promise((resolve) => {
      const unsubscribe = this.deploy.snapshots.subscribe(({ deviceId: id, job }) => {
        if (id !== deviceId || !job?.steps.some((one) => one.id === step && one.state === 'running')) return;
        unsubscribe();
        resolve();
      });
    });
  }

  /** Calls back whenever a step of the work on a device begins or ends; one may do so more than once. */
  onStep(deviceId: string, change: (id: StepSnapshot['id'], isRunning: boolean) => void): () => void {
    const states = new Map<string, string>();
    return this.deploy.snapshots.subscribe(({ deviceId: id, job }) => {
      for (const { id: step, state } of (id === deviceId && job?.steps) || []) {
        if (states.get(step) === state) continue;
        states.set(step, state);
        if (state !== 'waiting') change(step, state === 'running');
      }
    });
  }

  add(target: Target): Promise<void> {
    return this.targets.add(target);
  }

  /** Ends what is under way on a device: a test that failed half way must not be what the next one fails of. */
  async finish(deviceId: string): Promise<void> {
    const { job } = this.deploy.cancel(deviceId);
    if (job?.result.kind === 'running') await this.ended(deviceId);
  }

  /** Takes the practice agent off, so that no process stays behind. */
  async dispose(): Promise<void> {
    await this.finish('practice');
    await this.run('practice', 'uninstall');
    await this.deploy.dispose();
    await this.targets.dispose();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The states of the steps, as one line each: `upload done`. */
export function stepsOf(job: JobSnapshot): readonly string[] {
  return job.steps.map(({ id, state }) => `${id} ${state}`);
}

let text: Promise<string> | undefined;

/** The agent, built once for all tests of a file. */
export function agentText(): Promise<string> {
  text ??= bundleAgent();
  return text;
}

/** The same agent as another version. */
export function asVersion(version: string): (agent: string) => string {
  return (agent) => agent.replace(/(Pi Workbench LED agent )\S+/, `$1${version}`).replaceAll('"0.1.0"', `"${version}"`);
}
