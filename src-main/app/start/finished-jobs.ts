import type { DeploySnapshot } from '../../deploy/index.ts';

/** What a notification says about work on a device's agent that has ended. */
export interface FinishedJob {
  readonly deviceId: string;
  readonly title: string;
  readonly body: string;
}

const FAILED = 'The deployment failed';

/** Follows the snapshots of all devices and tells of each deployment that ends, once. */
export class FinishedJobs {
  readonly #running = new Set<string>();

  /** What just ended, or null. `labelOf` names a device. A deployment that its person cancelled is no news. */
  take(
    { deviceId, job }: Pick<DeploySnapshot, 'deviceId' | 'job'>,
    labelOf: (id: string) => string,
  ): FinishedJob | null {
    if (job?.kind !== 'deploy') return null;
    const { result } = job;
    if (result.kind === 'running') {
      this.#running.add(deviceId);
      return null;
    }
    if (!this.#running.delete(deviceId) || result.kind === 'cancelled') return null;
    const label = labelOf(deviceId);
    if (result.kind === 'failed') return { deviceId, title: `${FAILED}: ${label}`, body: result.error.message };
    const warnings = result.warnings.length;
    const note =
      warnings === 0 ? result.note : `${result.note} ${warnings === 1 ? 'One warning.' : `${warnings} warnings.`}`;
    return {
      deviceId,
      title: `${result.kind === 'unchanged' ? 'Nothing to deploy' : 'Deployed'}: ${label}`,
      body: note,
    };
  }
}
