import type { Level } from '../led-state.ts';
import type { GpioDriver } from './driver.ts';

/** A pin in memory, for the practice device. Used only when asked for by name. */
export function openSimulated(): Promise<GpioDriver> {
  let level: Level = 0;
  return Promise.resolve({
    name: 'simulated',
    read: () => level,
    write: (wanted) => {
      level = wanted;
    },
    close: ({ keepLevel }) => {
      if (!keepLevel) level = 0;
    },
  });
}
