import type { Level } from '../led-state.ts';
import type { DriverContext, GpioDriver, OpenDriver } from './driver.ts';
import { GpioError, gpioGroupAdvice, systemCode } from './driver.ts';
import { kernelNumber, readChips } from './sysfs-chips.ts';
import type { SysfsFiles } from './sysfs-files.ts';

/** The part of onoff's `Gpio` that is used. */
export interface OnoffPin {
  readSync(): number;
  writeSync(level: Level): void;
  unexport(): void;
}

export type OnoffConstructor = new (
  gpio: number,
  direction: 'low',
  edge: undefined,
  options: { readonly reconfigureDirection: boolean },
) => OnoffPin;

export interface OnoffOptions {
  /** `/sys/class/gpio`. */
  readonly root: string;
  readonly files: SysfsFiles;
  /** Loads onoff when it is needed; a failure refuses this driver and no other (fivdi/onoff#202). */
  readonly load: () => Promise<OnoffConstructor>;
  /** Who holds a line, asked only for the message of a busy pin; null when it cannot be told. */
  readonly consumerOf: (bcm: number) => Promise<string | null>;
}

/** How long udev may take to give a pin just exported to the group gpio (raspberrypi/linux#553). */
export const PERMISSION_WAIT_MS = 5000;
const PERMISSION_POLL_MS = 50;

/**
 * The first driver to try: fivdi/onoff over sysfs. onoff waits for permissions in a loop that blocks everything, so the
 * pin is exported and its permissions are awaited here, and onoff is only given a pin that is ready.
 */
export function onoffDriver(options: OnoffOptions): OpenDriver {
  return async (context) => {
    const number = kernelNumber(await readChips(options.files, options.root), context.bcm);
    const folder = `${options.root}/gpio${number}`;
    const exportedHere = await exportPin(options, context, number, folder);
    try {
      await waitForPermissions(options.files, context, folder);
      await undoActiveLow(options.files, folder);
      const Gpio = await loadOnoff(options);
      // "As found": a pin that is an output already keeps its level, so STATUS after a crash tells the truth.
      const pin = new Gpio(number, 'low', undefined, { reconfigureDirection: false });
      await assertOutput(options.files, context, folder);
      return onoffPinDriver(pin, context.bcm);
    } catch (thrown) {
      if (exportedHere) await unexport(options, context, number);
      throw asGpioError(thrown, context);
    }
  };
}

/** True when the pin was not exported before. */
async function exportPin(
  options: OnoffOptions,
  context: DriverContext,
  number: number,
  folder: string,
): Promise<boolean> {
  const { files, root } = options;
  if (await files.exists(folder)) return false;
  try {
    await files.write(`${root}/export`, String(number));
  } catch (thrown) {
    if (await files.exists(folder)) return false;
    throw await exportError(options, context, number, thrown);
  }
  return true;
}

async function exportError(
  options: OnoffOptions,
  { bcm, userName }: DriverContext,
  number: number,
  thrown: unknown,
): Promise<GpioError> {
  switch (systemCode(thrown)) {
    case 'EBUSY': {
      const holder = (await options.consumerOf(bcm)) ?? 'a kernel driver or another program';
      return new GpioError('pin-busy', `GPIO${bcm} is in use by ${holder}; choose another pin or free it`, thrown);
    }
    case 'EINVAL':
      return new GpioError('pin-invalid', `the kernel knows no GPIO${bcm} (line ${number})`, thrown);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new GpioError('not-permitted', `${options.root}/export is closed; ${gpioGroupAdvice(userName)}`, thrown);
    default:
      return new GpioError('no-gpio', `GPIO${bcm} could not be exported: ${textOf(thrown)}`, thrown);
  }
}

async function waitForPermissions(files: SysfsFiles, context: DriverContext, folder: string): Promise<void> {
  for (let waited = 0; ; waited += PERMISSION_POLL_MS) {
    const refused = await firstRefused(files, [`${folder}/value`, `${folder}/direction`]);
    if (refused === null) return;
    if (waited === 0) context.log(`waiting for permission to use GPIO${context.bcm} (${refused.path})`);
    if (waited >= PERMISSION_WAIT_MS) {
      const advice = gpioGroupAdvice(context.userName);
      throw new GpioError('not-permitted', `${refused.path} may not be written; ${advice}`, refused.thrown);
    }
    await context.sleep(PERMISSION_POLL_MS);
  }
}

async function firstRefused(
  files: SysfsFiles,
  paths: readonly string[],
): Promise<{ readonly path: string; readonly thrown: unknown } | null> {
  for (const path of paths) {
    try {
      await files.assertWritable(path);
    } catch (thrown) {
      return { path, thrown };
    }
  }
  return null;
}

/** Another program may have left the pin inverted: `1` would then switch the LED off. */
async function undoActiveLow(files: SysfsFiles, folder: string): Promise<void> {
  const path = `${folder}/active_low`;
  if (!(await files.exists(path))) return;
  if ((await files.read(path)).trim() === '1') await files.write(path, '0');
}

async function loadOnoff(options: OnoffOptions): Promise<OnoffConstructor> {
  try {
    return await options.load();
  } catch (thrown) {
    throw new GpioError('no-gpio', `the onoff library does not load here: ${textOf(thrown)}`, thrown);
  }
}

/** onoff swallows a refused direction on a pin that was exported before, so it is read back. */
async function assertOutput(files: SysfsFiles, { bcm }: DriverContext, folder: string): Promise<void> {
  const direction = (await files.read(`${folder}/direction`)).trim();
  if (direction !== 'out') throw new GpioError('gpio-failed', `GPIO${bcm} cannot be made an output`);
}

async function unexport({ files, root }: OnoffOptions, { bcm, log }: DriverContext, number: number): Promise<void> {
  try {
    await files.write(`${root}/unexport`, String(number));
  } catch (thrown) {
    log(`GPIO${bcm} stays exported: ${textOf(thrown)}`);
  }
}

function onoffPinDriver(pin: OnoffPin, bcm: number): GpioDriver {
  let closed = false;
  const guarded = <T>(action: () => T): T => {
    if (closed) throw new GpioError('gpio-failed', `GPIO${bcm} is released`);
    try {
      return action();
    } catch (thrown) {
      throw new GpioError('gpio-failed', `GPIO${bcm} does not answer any more: ${textOf(thrown)}`, thrown);
    }
  };
  return {
    name: 'onoff',
    read: () => guarded(() => (pin.readSync() === 1 ? 1 : 0)),
    write: (level) => {
      guarded(() => {
        pin.writeSync(level);
      });
    },
    close: ({ keepLevel }) => {
      if (closed) return;
      // An unexported pin may fall back to an input, so a level to be kept stays exported.
      if (!keepLevel) {
        try {
          guarded(() => {
            pin.writeSync(0);
          });
        } finally {
          closed = true;
          pin.unexport();
        }
      }
      closed = true;
    },
  };
}

function asGpioError(thrown: unknown, { bcm }: DriverContext): GpioError {
  if (thrown instanceof GpioError) return thrown;
  return new GpioError('gpio-failed', `GPIO${bcm} could not be set up: ${textOf(thrown)}`, thrown);
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
