import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DriverContext, GpioDriver } from '../../../pi-agent/src/drivers/index.ts';
import { consumerLookup, gpiodDriver } from '../../../pi-agent/src/drivers/gpiod.ts';
import { HOLDER_MARK } from '../../../pi-agent/src/drivers/line-holder.ts';
import { pinctrlDriver } from '../../../pi-agent/src/drivers/pinctrl.ts';
import { toolRunner } from '../../../pi-agent/src/drivers/tool.ts';
import type { FakeTools } from './fake-tools.ts';
import { addLibgpiod, fakeTools, holders, isAlive } from './fake-tools.ts';

let tools: FakeTools;
let driver: GpioDriver | undefined;

beforeEach(async () => {
  tools = await fakeTools();
});
afterEach(async () => {
  await driver?.close({ keepLevel: true });
  driver = undefined;
  await tools.remove();
});

const context: DriverContext = {
  bcm: 17,
  userName: 'ana',
  log: () => undefined,
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds / 10)),
};

async function openGpiod(): Promise<GpioDriver> {
  const { environment } = tools;
  driver = await gpiodDriver({ run: toolRunner(environment), environment })(context);
  return driver;
}

describe.each(['v1.6.3', 'v2.2.1'] as const)('libgpiod %s', (version) => {
  beforeEach(() => addLibgpiod(tools, version));

  test('keeps exactly one gpioset alive, with the newest level as its last argument (libgpiod#74)', async () => {
    const pin = await openGpiod();
    const seen: string[] = [];
    for (const level of [1, 0, 1] as const) {
      await pin.write(level);
      const all = await holders(tools);
      const alive = all.filter(({ pid }) => isAlive(pid));
      seen.push(`${alive.length} alive, ${all.at(-1)?.args.split(' ').at(-1)}, reads ${await pin.read()}`);
    }
    expect(seen).toEqual(['1 alive, 17=1, reads 1', '1 alive, 17=0, reads 0', '1 alive, 17=1, reads 1']);
  });

  test('switches off and leaves no gpioset behind at the end, however often it is closed', async () => {
    const pin = await openGpiod();
    await pin.write(1);
    for (let times = 0; times < 3; times += 1) await pin.close({ keepLevel: false });
    const all = await holders(tools);
    expect({ last: all.at(-1)?.args.split(' ').at(-1), alive: all.filter(({ pid }) => isAlive(pid)) }).toEqual({
      last: '17=0',
      alive: [],
    });
  });

  test('reads a line nobody holds, and calls an empty answer unknown (x735-script#7)', async () => {
    const pin = await openGpiod();
    await writeFile(join(tools.folder, 'level'), '1\n');
    expect(await pin.read()).toBe(1);
    await writeFile(join(tools.folder, 'level'), '');
    await expect(pin.read()).rejects.toMatchObject({
      code: 'gpio-failed',
      message: 'the level of GPIO17 cannot be told: gpioget printed "nothing"',
    });
    expect(await holders(tools)).toEqual([]);
  });

  test.each([
    ['gpioset: unable to request lines: Device or resource busy', 'pin-busy'],
    ['gpioset: unable to open /dev/gpiochip0: Permission denied', 'not-permitted'],
    ['gpioset: something new', 'gpio-failed'],
  ])('passes on %j as %s', async (refusal, code) => {
    const pin = await openGpiod();
    await writeFile(join(tools.folder, 'refusal'), refusal);
    await expect(pin.write(1)).rejects.toMatchObject({ code, message: expect.stringContaining(refusal) });
  });

  test('refuses a pin that somebody holds, by name', async () => {
    await writeFile(join(tools.folder, 'lines'), '\tline  17: "GPIO17" "onewire" output active-high [used]\n');
    await expect(openGpiod()).rejects.toMatchObject({
      code: 'pin-busy',
      message: 'GPIO17 is in use by onewire; choose another pin or free it',
    });
    expect(await consumerLookup(toolRunner(tools.environment))(17)).toBe('onewire');
  });
});

describe('libgpiod v1', () => {
  test('does not ask for the level of a free output, which would switch it off', async () => {
    await addLibgpiod(tools, 'v1.6.3');
    await writeFile(join(tools.folder, 'lines'), '\tline  17: "GPIO17" unused output active-high\n');
    await writeFile(join(tools.folder, 'level'), '1\n');
    await expect((await openGpiod()).read()).rejects.toMatchObject({
      message: 'GPIO17 cannot be read without changing it; send ON or OFF first',
    });
  });
});

describe('a gpioset left by an agent that was killed', () => {
  test('is ended before the pin is taken, and one of a living agent is not', async () => {
    await addLibgpiod(tools, 'v2.2.1');
    const gone = spawn('true');
    await once(gone, 'close');
    // A process is named after its program's file, so the holders are a copy of `sleep` named `gpioset`.
    const program = join(await mkdtemp(join(tools.folder, 'bin-')), 'gpioset');
    await copyFile('/usr/bin/sleep', program);
    const holderOf = (owner: number) => spawn(program, ['60'], { env: { [HOLDER_MARK]: String(owner) } });
    const orphan = holderOf(gone.pid ?? 0);
    const held = holderOf(process.pid);
    try {
      await Promise.all([once(orphan, 'spawn'), once(held, 'spawn')]);
      const ended = once(orphan, 'exit');
      await openGpiod();
      expect([(await ended)[1], isAlive(held.pid ?? 0)]).toEqual(['SIGTERM', true]);
    } finally {
      orphan.kill();
      held.kill();
    }
  });
});

describe('tools that are not there', () => {
  test.each([
    ['no gpioset', () => undefined, 'no-gpio', 'gpioset is not installed (package gpiod)'],
    [
      'an unknown version',
      () => tools.add('gpioset', 'echo "gpioset 9"'),
      'no-gpio',
      'gpioset has no known version: "gpioset 9"',
    ],
    [
      'no header controller',
      async () => {
        await addLibgpiod(tools, 'v2.2.1');
        await tools.add('gpiodetect', 'echo "gpiochip0 [INT34C5:00] (300 lines)"');
      },
      'no-gpio',
      'gpiodetect finds no chip that drives the 40-pin header',
    ],
    [
      'closed device files',
      async () => {
        await addLibgpiod(tools, 'v2.2.1');
        await tools.add('gpiodetect', 'echo "gpiodetect: unable to open chip: Permission denied" >&2; exit 1');
      },
      'not-permitted',
      '/dev/gpiochip* may not be opened; the user ana needs to be in the group gpio: sudo usermod -aG gpio ana',
    ],
  ])('%s', async (_name, arrange, code, message) => {
    await arrange();
    await expect(openGpiod()).rejects.toMatchObject({ code, message });
  });
});

describe('pinctrl', () => {
  /** Keeps `op dh` and the like in a file, as the registers would. */
  const REGISTERS = `
if [ "$1" = set ]; then echo "$2: $3 $4" > "$FAKE/register"; exit 0; fi
case "$(cat "$FAKE/register" 2>/dev/null)" in
  *dh) echo "17: op dh pd | hi // GPIO17 = output" ;;
  *dl) echo "17: op dl pd | lo // GPIO17 = output" ;;
  *) cat "$FAKE/idle" 2>/dev/null || echo "17: ip    pu | hi // GPIO17 = input" ;;
esac`;
  const openPinctrl = async (): Promise<GpioDriver> => {
    driver = await pinctrlDriver(toolRunner(tools.environment))(context);
    return driver;
  };

  test('drives the pin and reads the register back; a pulled-up input does not count as lit', async () => {
    await tools.add('pinctrl', REGISTERS);
    const pin = await openPinctrl();
    const levels = [await pin.read()];
    for (const level of [1, 0, 1] as const) {
      await pin.write(level);
      levels.push(await pin.read());
    }
    await pin.close({ keepLevel: false });
    await pin.close({ keepLevel: false });
    levels.push(await pin.read());
    expect(levels).toEqual([0, 1, 0, 1, 0]);
  });

  test('leaves a pin with another use alone', async () => {
    await tools.add('pinctrl', REGISTERS);
    await writeFile(join(tools.folder, 'idle'), '17: a0    pn | lo // GPIO17 = SPI1_CE1\n');
    await expect(openPinctrl()).rejects.toMatchObject({
      code: 'pin-busy',
      message: 'GPIO17 is in use as SPI1_CE1; choose another pin or switch that off',
    });
    expect(await tools.read('register')).toBe('');
  });

  test.each([
    ['exit 0', 'no-gpio', 'pinctrl does not know GPIO17: "nothing"'],
    ['echo "No GPIO chips found"; exit 1', 'no-gpio', 'pinctrl does not know GPIO17: "No GPIO chips found"'],
    [
      'echo "Must be root" >&2; exit 1',
      'not-permitted',
      'pinctrl may not open /dev/gpiomem; the user ana needs to be in the group gpio: sudo usermod -aG gpio ana',
    ],
  ])('answering %j is refused', async (script, code, message) => {
    await tools.add('pinctrl', script);
    await expect(openPinctrl()).rejects.toMatchObject({ code, message });
  });
});
