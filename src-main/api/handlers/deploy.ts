import type { DeployMany, DeployService, InventoryDevice } from '../../deploy/index.ts';
import type { Device, DeviceStore } from '../../devices/index.ts';
import type { deployCalls, deployEvents } from '../contract/deploy.ts';
import type { Part, Publish } from '../definition.ts';

export interface DeployServices {
  readonly deploy: DeployService;
  readonly many: DeployMany;
  readonly devices: DeviceStore;
}

export function deployPart(
  { deploy, many, devices }: DeployServices,
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
      'deploy.exportForAnsible': async ({ deviceIds, ...wanted }, { signal, progress }) => {
        const chosen = devices.list().devices.filter(({ id, kind }) => kind === 'ssh' && deviceIds.includes(id));
        const hosts = chosen.map(inventoryDevice);
        await deploy.exportForAnsible({ ...wanted, devices: hosts, signal, onProgress: progress });
        return { hosts: hosts.length };
      },
      'deploy.log': async ({ deviceId }, { signal, progress }) => {
        await deploy.followLog(deviceId, signal, progress);
        return null;
      },
    },
    dispose: () => unsubscribes.forEach((unsubscribe) => unsubscribe()),
  };
}

function inventoryDevice({ label, host, port, user, method, keyPath }: Device): InventoryDevice {
  return { label, host, port, user, keyPath: method === 'key' ? keyPath : null };
}
