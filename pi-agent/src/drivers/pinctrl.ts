import type { Level } from '../led-state.ts';
import type { GpioDriver, OpenDriver } from './driver.ts';
import { GpioError, gpioGroupAdvice } from './driver.ts';
import type { RunTool, ToolResult } from './tool.ts';

/** What `pinctrl get 27` says of a pin, such as `27: op dh pd | hi // GPIO27 = output`. */
export interface PinctrlState {
  readonly level: Level | null;
  /** `input`, `output`, `none`, or what else the pin is used for, such as `SPI0_MOSI`. */
  readonly use: string;
}

/** Reads one pin's line of `pinctrl get`; null when it is not there. */
export function parsePinctrl(text: string, bcm: number): PinctrlState | null {
  const match = new RegExp(`^\\s*${bcm}:.*\\|\\s*(hi|lo|--)\\s*//\\s*\\S+\\s*=\\s*(.+)$`, 'm').exec(text);
  if (match === null) return null;
  return { level: match[1] === 'hi' ? 1 : match[1] === 'lo' ? 0 : null, use: (match[2] ?? '').trim() };
}

/**
 * The third driver to try: Raspberry Pi's own `pinctrl`, which writes the registers and asks nobody. A pin with another
 * use is therefore refused here.
 */
export function pinctrlDriver(run: RunTool): OpenDriver {
  return async ({ bcm, userName }) => {
    const answer = await run('pinctrl', ['get', String(bcm)]);
    if (answer === null) throw new GpioError('no-gpio', 'pinctrl is not installed (package raspi-utils)');
    if (/permission denied|must be root/i.test(answer.stderr + answer.stdout)) {
      throw new GpioError('not-permitted', `pinctrl may not open /dev/gpiomem; ${gpioGroupAdvice(userName)}`);
    }
    const state = parsePinctrl(answer.stdout, bcm);
    if (state === null) throw new GpioError('no-gpio', `pinctrl does not know GPIO${bcm}: "${said(answer)}"`);
    if (!['input', 'output', 'none'].includes(state.use)) {
      throw new GpioError('pin-busy', `GPIO${bcm} is in use as ${state.use}; choose another pin or switch that off`);
    }
    return registerDriver(run, bcm);
  };
}

function registerDriver(run: RunTool, bcm: number): GpioDriver {
  let closed = false;
  const write = async (level: Level): Promise<void> => {
    const answer = await run('pinctrl', ['set', String(bcm), 'op', level === 1 ? 'dh' : 'dl']);
    if (answer !== null && answer.code === 0) return;
    throw new GpioError('gpio-failed', `pinctrl could not set GPIO${bcm}: "${answer === null ? '' : said(answer)}"`);
  };
  return {
    name: 'pinctrl',
    read: async () => {
      const answer = await run('pinctrl', ['get', String(bcm)]);
      const state = answer === null ? null : parsePinctrl(answer.stdout, bcm);
      // A pin that is no output yet drives nothing, whatever its pull resistor makes it read.
      if (state !== null && state.use !== 'output') return 0;
      if (state?.level !== undefined && state.level !== null) return state.level;
      throw new GpioError('gpio-failed', `the level of GPIO${bcm} cannot be told from pinctrl's answer`);
    },
    write,
    close: async ({ keepLevel }) => {
      if (closed) return;
      closed = true;
      if (!keepLevel) await write(0);
    },
  };
}

function said({ stdout, stderr }: ToolResult): string {
  return (stderr.trim() || stdout.trim() || 'nothing').split('\n')[0] ?? '';
}
