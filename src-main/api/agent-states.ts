import { lastLogLines, type DeployService, type InstalledAgent } from '../deploy/index.ts';
import type { AgentState } from '../doctor/index.ts';
import { AppError } from '../errors/index.ts';
import type { TargetLookup } from '../target/target.ts';

const LOG_LINES = 8;

/** What the doctor asks of a device's agent, answered by the deployment. */
export function agentStates(
  deploy: DeployService,
  targets: TargetLookup,
): { inspect(deviceId: string): Promise<AgentState> } {
  return {
    async inspect(deviceId) {
      const { installed, problem } = await deploy.read(deviceId);
      if (problem) throw AppError.fromData(problem);
      if (!installed) return { version: null, running: false, detail: '', log: [] };
      const { current, folder, state } = installed;
      const running = state === 'running';
      const log = running ? [] : await lastLogLines(targets.get(deviceId), current.service, folder, LOG_LINES);
      return { version: current.version, running, detail: detailOf(installed), log };
    },
  };
}

const SERVICES: Readonly<Record<InstalledAgent['current']['service'], string>> = {
  system: 'systemd service',
  user: 'systemd service of the user',
  plain: 'plain program',
};

function detailOf({ state, failure, restarts, current }: InstalledAgent): string {
  const again = restarts === 0 ? '' : `, started again ${restarts} ${restarts === 1 ? 'time' : 'times'}`;
  return `${SERVICES[current.service]}, ${state}${failure === '' ? '' : ` (${failure})`}${again}`;
}
