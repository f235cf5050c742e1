import type { DriverContext, DriverName, GpioDriver, OpenDriver } from './driver.ts';
import { GpioError } from './driver.ts';
import { consumerLookup, gpiodDriver } from './gpiod.ts';
import { onoffDriver } from './onoff.ts';
import { pinctrlDriver } from './pinctrl.ts';
import { openSimulated } from './simulated.ts';
import { sysfsFiles } from './sysfs-files.ts';
import { toolRunner } from './tool.ts';

export type { DriverContext, DriverName, GpioDriver } from './driver.ts';
export { DRIVER_NAMES, GpioError } from './driver.ts';

export type DriverChoice = 'auto' | DriverName;

/** A driver by its name, and how to take the pin with it. */
export interface DriverCandidate {
  readonly name: DriverName;
  readonly open: OpenDriver;
}

export interface RefusedDriver {
  readonly name: DriverName;
  readonly error: GpioError;
}

export interface DriverSelection {
  /** Null when every driver was refused. */
  readonly driver: GpioDriver | null;
  /** Those tried before, in order, with why. */
  readonly refused: readonly RefusedDriver[];
}

/** The drivers of this computer. `sysfsRoot` is `/sys` but in tests. */
export function driverCandidates(sysfsRoot: string, environment: NodeJS.ProcessEnv): DriverCandidate[] {
  const run = toolRunner(environment);
  const onoff = onoffDriver({
    root: `${sysfsRoot}/class/gpio`,
    files: sysfsFiles,
    load: async () => (await import('onoff')).Gpio,
    consumerOf: consumerLookup(run),
  });
  return [
    { name: 'onoff', open: onoff },
    { name: 'gpiod', open: gpiodDriver({ run, environment }) },
    { name: 'pinctrl', open: pinctrlDriver(run) },
    { name: 'simulated', open: openSimulated },
  ];
}

/**
 * Takes the pin with the first driver that can. `auto` never ends with `simulated`, and ends early at a pin that belongs
 * to somebody else: the drivers after it would take the pin away.
 */
export async function selectDriver(
  choice: DriverChoice,
  candidates: readonly DriverCandidate[],
  context: DriverContext,
): Promise<DriverSelection> {
  const refused: RefusedDriver[] = [];
  for (const { name, open } of candidates) {
    if (choice === 'auto' ? name === 'simulated' : name !== choice) continue;
    try {
      return { driver: await open(context), refused };
    } catch (thrown) {
      const error = thrown instanceof GpioError ? thrown : new GpioError('gpio-failed', String(thrown), thrown);
      refused.push({ name, error });
      if (error.code === 'pin-busy' || error.code === 'pin-invalid') break;
    }
  }
  return { driver: null, refused };
}

/** Why the pin cannot be used, as one error: the decisive one when there is one, otherwise all of them. */
export function refusalError(refused: readonly RefusedDriver[]): GpioError {
  const decisive = refused.find(({ error }) => error.code !== 'no-gpio');
  if (decisive !== undefined) return decisive.error;
  const reasons = refused.map(({ name, error }) => `${name}: ${error.message}`).join('; ');
  return new GpioError('no-gpio', `no GPIO driver works here (${reasons})`);
}
