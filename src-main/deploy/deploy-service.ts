import { join } from 'node:path';
import { hostname, userInfo } from 'node:os';
import { Signal, type Observable } from '../events/index.ts';
import type { AgentEndpoint, AgentEndpointLookup } from '../led/index.ts';
import type { TargetLookup } from '../target/target.ts';
import { readAgentBundle } from './agent-bundle.ts';
import { exportForAnsible, type AnsibleExportOptions } from './ansible/export.ts';
import { DeviceDeployment } from './device-deployment.ts';
import type { Finding } from './findings.ts';
import type { JobKind } from './job.ts';
import type { OptionsStore } from './options-store.ts';
import type { RuntimeStore } from './runtime/runtime-store.ts';
import { DEFAULT_OPTIONS, practiceOptions, type DeployOptions } from './settings.ts';
import type { DeploySnapshot } from './snapshot.ts';

export interface DeployServiceOptions {
  readonly targets: TargetLookup;
  readonly options: OptionsStore;
  /** Folder for this app's own files: the practice device's agent lives in it. */
  readonly dataDir: string;
  readonly agentFile: string;
  readonly practiceDeviceId: string;
  /** The Nodes for devices that have none. */
  readonly runtimes: RuntimeStore;
}

/** Puts the agent on devices, keeps it in order there, and knows how each is reached. */
export class DeployService implements AgentEndpointLookup {
  readonly #given: DeployServiceOptions;
  readonly #devices = new Map<string, DeviceDeployment>();
  readonly #snapshots = new Signal<DeploySnapshot>();
  readonly #endpoints = new Signal<string>();
  readonly #unsubscribe: () => void;

  constructor(given: DeployServiceOptions) {
    this.#given = given;
    this.#unsubscribe = given.targets.changes.subscribe(({ deviceId }) => {
      void this.#devices.get(deviceId)?.targetChanged();
    });
  }

  /** The newest snapshot of a device after each change. */
  get snapshots(): Observable<DeploySnapshot> {
    return this.#snapshots;
  }

  /** Gives a device's id whenever its agent came, went, or is reached otherwise than before. */
  get changes(): Observable<string> {
    return this.#endpoints;
  }

  endpoint(deviceId: string): Promise<AgentEndpoint | null> {
    return this.#device(deviceId).endpoint();
  }

  /** What is proposed for the next deployment to a device. */
  optionsOf(deviceId: string): DeployOptions {
    return this.#device(deviceId).snapshot.options;
  }

  /** Begins to follow a device, and reads what is installed on it. */
  watch(deviceId: string): DeploySnapshot {
    const device = this.#device(deviceId);
    if (device.snapshot.job?.result.kind !== 'running') void device.refresh();
    return device.snapshot;
  }

  /** Reads anew what is installed on a device, unless work there is under way. */
  async read(deviceId: string): Promise<DeploySnapshot> {
    const device = this.#device(deviceId);
    if (device.snapshot.job?.result.kind !== 'running') await device.refresh();
    return device.snapshot;
  }

  /** Raises `BAD_FOLDER`, `NOT_SIGNED_IN` and what the look at the device raises. */
  preflight(deviceId: string, options: DeployOptions, signal: AbortSignal): Promise<readonly Finding[]> {
    return this.#device(deviceId).preflight(options, signal);
  }

  /** Begins a piece of work on a device and returns at once. Raises `DEPLOY_BUSY`, `NOT_SIGNED_IN`, `BAD_FOLDER`. */
  start(
    deviceId: string,
    kind: JobKind,
    more: { readonly options?: DeployOptions; readonly password?: string } = {},
  ): DeploySnapshot {
    return this.#device(deviceId).start(kind, more);
  }

  cancel(deviceId: string): DeploySnapshot {
    const device = this.#device(deviceId);
    device.cancel();
    return device.snapshot;
  }

  /** Writes a folder with which Ansible does the same. Raises what `exportForAnsible` raises. */
  async exportForAnsible(wanted: Omit<AnsibleExportOptions, 'bundle' | 'runtimes' | 'who'>): Promise<void> {
    const { agentFile, runtimes } = this.#given;
    await exportForAnsible({ ...wanted, bundle: await readAgentBundle(agentFile), runtimes, who: thisUser() });
  }

  /** Follows the agent's log until the signal is aborted. */
  followLog(deviceId: string, signal: AbortSignal, onLines: (lines: readonly string[]) => void): Promise<void> {
    return this.#device(deviceId).followLog(signal, onLines);
  }

  async dispose(): Promise<void> {
    this.#unsubscribe();
    await Promise.all([...this.#devices.values()].map((device) => device.dispose()));
    this.#devices.clear();
  }

  #device(deviceId: string): DeviceDeployment {
    const known = this.#devices.get(deviceId);
    if (known) return known;
    const { targets, options, practiceDeviceId, runtimes } = this.#given;
    const isPractice = deviceId === practiceDeviceId;
    const device = new DeviceDeployment({
      deviceId,
      isPractice,
      options: options.get(deviceId) ?? (isPractice ? this.#practiceOptions() : DEFAULT_OPTIONS),
      runtimes,
      findTarget: () => targets.find(deviceId),
      bundle: () => readAgentBundle(this.#given.agentFile),
      who: thisUser(),
      saveOptions: (chosen) => options.set(deviceId, chosen),
      onChange: (snapshot) => this.#snapshots.emit(snapshot),
      onEndpoint: () => this.#endpoints.emit(deviceId),
    });
    this.#devices.set(deviceId, device);
    return device;
  }

  #practiceOptions(): DeployOptions {
    return practiceOptions(join(this.#given.dataDir, 'practice'));
  }
}

/** `ana@laptop`. */
function thisUser(): string {
  return `${userInfo().username}@${hostname()}`;
}
