import type { DeployService } from '../../deploy/index.ts';
import type { deployCalls, deployEvents } from '../contract/deploy.ts';
import type { Part, Publish } from '../definition.ts';

export interface DeployServices {
  readonly deploy: DeployService;
}

export function deployPart(
  { deploy }: DeployServices,
  publish: Publish<typeof deployEvents>,
): Part<typeof deployCalls> {
  const unsubscribe = deploy.snapshots.subscribe((snapshot) => publish('deploy.changed', snapshot));
  return {
    handlers: {
      'deploy.watch': ({ deviceId }) => deploy.watch(deviceId),
      'deploy.preflight': ({ deviceId, options }, { signal }) => deploy.preflight(deviceId, options, signal),
      'deploy.start': ({ deviceId, options, password }) => deploy.start(deviceId, 'deploy', { options, password }),
      'deploy.operate': ({ deviceId, operation, password }) => deploy.start(deviceId, operation, { password }),
      'deploy.cancel': ({ deviceId }) => deploy.cancel(deviceId),
      'deploy.log': async ({ deviceId }, { signal, progress }) => {
        await deploy.followLog(deviceId, signal, progress);
        return null;
      },
    },
    dispose: unsubscribe,
  };
}
