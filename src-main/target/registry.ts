import { AppError } from '../errors/index.ts';
import { Signal, type Observable, type Unsubscribe } from '../events/index.ts';
import type { Target, TargetLookup } from './target.ts';

interface Entry {
  readonly target: Target;
  readonly unsubscribe: Unsubscribe;
}

/**
 * The machines one is signed in to. The practice device is always among them; a target whose connection broke leaves by
 * itself. The registry owns its targets: what it lets go of is disposed.
 */
export class TargetRegistry implements TargetLookup {
  readonly #practice: Target;
  readonly #entries = new Map<string, Entry>();
  readonly #changes = new Signal<{ readonly deviceId: string; readonly target: Target | undefined }>();

  constructor(practice: Target) {
    this.#practice = practice;
  }

  get changes(): Observable<{ readonly deviceId: string; readonly target: Target | undefined }> {
    return this.#changes;
  }

  get(deviceId: string): Target {
    const target = this.find(deviceId);
    if (target) return target;
    throw new AppError('NOT_SIGNED_IN', 'You are not signed in to this device.', { hint: 'Sign in first.' });
  }

  find(deviceId: string): Target | undefined {
    return deviceId === this.#practice.deviceId ? this.#practice : this.#entries.get(deviceId)?.target;
  }

  /** Puts a connected target in; one that was there for the same device is ended. */
  async add(target: Target): Promise<void> {
    const { deviceId } = target;
    const before = this.#take(deviceId);
    const unsubscribe = target.stateChanges.subscribe((state) => {
      if (state.kind === 'disconnected' && this.find(deviceId) === target) void this.remove(deviceId);
    });
    this.#entries.set(deviceId, { target, unsubscribe });
    this.#changes.emit({ deviceId, target });
    await before?.dispose();
  }

  /** Ends the connection to a device; the practice device stays. */
  async remove(deviceId: string): Promise<void> {
    const target = this.#take(deviceId);
    if (!target) return;
    this.#changes.emit({ deviceId, target: undefined });
    await target.dispose();
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((deviceId) => this.remove(deviceId)));
    await this.#practice.dispose();
  }

  #take(deviceId: string): Target | undefined {
    const entry = this.#entries.get(deviceId);
    entry?.unsubscribe();
    this.#entries.delete(deviceId);
    return entry?.target;
  }
}
