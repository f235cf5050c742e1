import { describe, expect, test } from 'vitest';
import type { DriverContext } from '../../../pi-agent/src/drivers/index.ts';
import type { OnoffOptions } from '../../../pi-agent/src/drivers/onoff.ts';
import { onoffDriver } from '../../../pi-agent/src/drivers/onoff.ts';
import { FakeSysfs, systemError } from './fake-sysfs.ts';

/** A world with one pin to take: its files, its clock and its log. */
function world(overrides: Partial<OnoffOptions> = {}, bcm = 17) {
  const sysfs = new FakeSysfs();
  const log: string[] = [];
  const clock = { now: 0 };
  const context: DriverContext = {
    bcm,
    userName: 'ana',
    log: (line) => log.push(line),
    sleep: (milliseconds) => {
      clock.now += milliseconds;
      return Promise.resolve();
    },
  };
  const options: OnoffOptions = {
    root: '/gpio',
    files: sysfs,
    load: () => Promise.resolve(sysfs.onoff),
    consumerOf: () => Promise.resolve(null),
    ...overrides,
  };
  return { sysfs, log, clock, open: () => onoffDriver(options)(context) };
}

describe('taking the pin through sysfs', () => {
  test('exports it by its kernel number, makes it an output that is off, and drives it', async () => {
    const { sysfs, open } = world();
    const driver = await open();
    await driver.write(1);
    expect({ level: await driver.read(), done: sysfs.done }).toEqual({
      level: 1,
      done: ['export 529', 'direction low', 'value 1'],
    });
  });

  test('leaves a pin that is an output already as it was found, so STATUS after a crash tells the truth', async () => {
    const { sysfs, open } = world();
    sysfs.addPin(529, 'out', 1);
    const driver = await open();
    expect({ level: await driver.read(), done: sysfs.done }).toEqual({ level: 1, done: [] });
  });

  test('undoes an inversion that another program left', async () => {
    const { sysfs, open } = world();
    sysfs.addPin(529, 'out', 0, 1);
    await open();
    expect(sysfs.done).toEqual(['active_low 0']);
  });

  test('waits while udev still changes the group, and says so once (raspberrypi/linux#553)', async () => {
    const { sysfs, log, clock, open } = world();
    sysfs.refuses = (path) => path.endsWith('/direction') && clock.now < 400;
    const driver = await open();
    expect({ level: await driver.read(), log, waited: clock.now }).toEqual({
      level: 0,
      log: ['waiting for permission to use GPIO17 (/gpio/gpio529/direction)'],
      waited: 400,
    });
  });

  test('gives up within six seconds when the permission never comes, and names the group and the user', async () => {
    const { sysfs, clock, open } = world();
    sysfs.refuses = (path) => path.endsWith('/direction');
    await expect(open()).rejects.toMatchObject({
      code: 'not-permitted',
      message:
        '/gpio/gpio529/direction may not be written; the user ana needs to be in the group gpio: sudo usermod -aG gpio ana',
    });
    expect({ inTime: clock.now < 6000, last: sysfs.done.at(-1) }).toEqual({ inTime: true, last: 'unexport 529' });
  });

  test.each([
    ['EBUSY', 'onewire', 'pin-busy', /GPIO4 is in use by onewire/],
    ['EBUSY', null, 'pin-busy', /GPIO4 is in use by a kernel driver or another program/],
    ['EINVAL', null, 'pin-invalid', /no GPIO4 \(line 516\)/],
    ['EACCES', null, 'not-permitted', /usermod -aG gpio ana/],
    ['EPERM', null, 'not-permitted', /usermod -aG gpio ana/],
    ['EIO', null, 'no-gpio', /GPIO4 could not be exported: EIO/],
  ] as const)('%s at the export, held by %s, is %s (onoff#45)', async (system, holder, code, message) => {
    const { sysfs, open } = world({ consumerOf: () => Promise.resolve(holder) }, 4);
    sysfs.exportError = systemError(system);
    await expect(open()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('refuses a pin that stays an input although onoff said nothing', async () => {
    const sysfs = new FakeSysfs();
    const { open } = world({
      files: sysfs,
      load: () => {
        const silent = class {
          readSync = (): number => 0;
          writeSync = (): void => undefined;
          unexport = (): void => undefined;
        };
        return Promise.resolve(silent);
      },
    });
    await expect(open()).rejects.toMatchObject({ code: 'gpio-failed', message: 'GPIO17 cannot be made an output' });
    expect(sysfs.done.at(-1)).toBe('unexport 529');
  });

  test('refuses itself alone when the library does not load (onoff#202)', async () => {
    const { open } = world({ load: () => Promise.reject(new Error('wrong ELF class')) });
    await expect(open()).rejects.toMatchObject({
      code: 'no-gpio',
      message: 'the onoff library does not load here: wrong ELF class',
    });
  });
});

describe('letting the pin go (onoff#65)', () => {
  test('three times over switches it off once and unexports it once', async () => {
    const { sysfs, open } = world();
    const driver = await open();
    await driver.write(1);
    sysfs.done.length = 0;
    for (let times = 0; times < 3; times += 1) await driver.close({ keepLevel: false });
    expect(sysfs.done).toEqual(['value 0', 'unexport 529']);
  });

  test('leaves a level that is to be kept, and the pin exported', async () => {
    const { sysfs, open } = world();
    const driver = await open();
    await driver.write(1);
    await driver.close({ keepLevel: true });
    expect(sysfs.files.get('/gpio/gpio529/value')).toBe('1\n');
  });

  test('is the end of it: later orders are refused in words', async () => {
    const { open } = world();
    const driver = await open();
    await driver.close({ keepLevel: false });
    expect(() => driver.write(1)).toThrow('GPIO17 is released');
  });

  test('taken away by another program, it fails in words', async () => {
    const { sysfs, open } = world();
    const driver = await open();
    await sysfs.write('/gpio/unexport', '529');
    expect(() => driver.read()).toThrow('GPIO17 does not answer any more');
  });
});
