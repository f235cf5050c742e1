import type { DeployMany, DeployService } from '../../deploy/index.ts';
import type { deployCalls, deployEvents } from '../contract/deploy.ts';
import type { Part, Publish } from '../definition.ts';

export interface DeployServices {
  readonly deploy: DeployService;
  readonly many: DeployMany;
}

export function deployPart(
  { deploy, many }: DeployServices,
  publish: Publish<typeof deployEvents>,
): Part<typeof deployCalls> {
  const unsubscribes = [
    deploy.snapshots.subscribe((snapshot) => publish('deploy.changed', snapshot)),
    many.changes.subscribe((change) => publish('deploy.manyChanged', change)),
  ];
  return {
    handlers: {
      'deploy.watch': ({ deviceId }) => deploy.watch(deviceId),
      'deploy.preflight': ({ deviceId, options }, { signal }) => deploy.preflight(deviceId, options, signal),
      'deploy.start': ({ deviceId, options, password }) => deploy.start(deviceId, 'deploy', { options, password }),
      'deploy.operate': ({ deviceId, operation, password }) => deploy.start(deviceId, operation, { password }),
      'deploy.cancel': ({ deviceId }) => deploy.cancel(deviceId),
      'deploy.many': () => many.snapshot,
      'deploy.startMany': ({ deviceIds, options, atOnce }) => many.start(deviceIds, options, atOnce),
      'deploy.cancelMany': () => many.cancel(),
      'deploy.log': async ({ deviceId }, { signal, progress }) => {
        await deploy.followLog(deviceId, signal, progress);
        return null;
      },
    },
    dispose: () => unsubscribes.forEach((unsubscribe) => unsubscribe()),
  };
}
