import type { DeviceStore } from '../../devices/index.ts';
import type { EchoService } from '../../echo/index.ts';
import type { echoCalls } from '../contract/echo.ts';
import type { Part } from '../definition.ts';

export interface EchoServices {
  readonly echo: EchoService;
  readonly devices: DeviceStore;
}

export function echoPart({ echo, devices }: EchoServices): Part<typeof echoCalls> {
  return {
    handlers: {
      'echo.run': (options, { signal, progress }) => echo.run(options, { signal, onProgress: progress }),
      'echo.destinations': () => echo.destinations(devices.list().devices.map(({ id }) => id)),
      'echo.runs': () => echo.store.list(),
      'echo.report': ({ id }) => echo.store.get(id),
      'echo.delete': async ({ id }) => {
        await echo.store.delete(id);
        return null;
      },
      'echo.exportCsv': ({ id, path, overwrite }, { signal }) => echo.store.exportCsv(id, { path, overwrite, signal }),
    },
  };
}
