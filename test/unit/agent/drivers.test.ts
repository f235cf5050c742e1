import { describe, expect, test } from 'vitest';
import type { DriverCandidate, DriverName, GpioDriver } from '../../../pi-agent/src/drivers/index.ts';
import { GpioError, refusalError, selectDriver } from '../../../pi-agent/src/drivers/index.ts';

const context = { bcm: 27, userName: 'ana', log: () => undefined, sleep: () => Promise.resolve() };

type Behaviour = 'works' | GpioError['code'];

/** Candidates that work or are refused as given, and which of them were tried. */
function candidates(behaviours: Readonly<Record<DriverName, Behaviour>>) {
  const tried: DriverName[] = [];
  const all = (Object.entries(behaviours) as [DriverName, Behaviour][]).map(([name, behaviour]): DriverCandidate => {
    const driver: GpioDriver = { name, read: () => 0, write: () => undefined, close: () => undefined };
    return {
      name,
      open: () => {
        tried.push(name);
        if (behaviour === 'works') return Promise.resolve(driver);
        return Promise.reject(new GpioError(behaviour, `${name} says ${behaviour}`));
      },
    };
  });
  return { all, tried };
}

describe('choosing a driver (onoff#206)', () => {
  test.each([
    ['the first that works', ['works', 'works', 'works', 'works'], 'auto', 'onoff', ['onoff']],
    ['the second', ['no-gpio', 'works', 'works', 'works'], 'auto', 'gpiod', ['onoff', 'gpiod']],
    ['the third', ['no-gpio', 'not-permitted', 'works', 'works'], 'auto', 'pinctrl', ['onoff', 'gpiod', 'pinctrl']],
    [
      'never the simulated one',
      ['no-gpio', 'no-gpio', 'no-gpio', 'works'],
      'auto',
      null,
      ['onoff', 'gpiod', 'pinctrl'],
    ],
    ['the simulated one when asked for', ['works', 'works', 'works', 'works'], 'simulated', 'simulated', ['simulated']],
    ['only the one asked for', ['works', 'no-gpio', 'works', 'works'], 'gpiod', null, ['gpiod']],
    ['none after one that finds the pin in use', ['pin-busy', 'works', 'works', 'works'], 'auto', null, ['onoff']],
    ['none after one that knows no such pin', ['pin-invalid', 'works', 'works', 'works'], 'auto', null, ['onoff']],
  ] as const)('takes %s', async (_name, [onoff, gpiod, pinctrl, simulated], choice, chosen, order) => {
    const { all, tried } = candidates({ onoff, gpiod, pinctrl, simulated });
    const { driver, refused } = await selectDriver(choice, all, context);
    expect({ chosen: driver?.name ?? null, tried, refused: refused.map(({ name }) => name) }).toEqual({
      chosen,
      tried: order,
      refused: order.filter((name) => name !== chosen),
    });
  });

  test('takes a driver that throws something else as refused, not as the end', async () => {
    const broken: DriverCandidate = { name: 'onoff', open: () => Promise.reject(new TypeError('a mistake')) };
    const { all } = candidates({ onoff: 'works', gpiod: 'works', pinctrl: 'works', simulated: 'works' });
    const { driver, refused } = await selectDriver('auto', [broken, ...all.slice(1)], context);
    expect([driver?.name, refused[0]?.error.message]).toEqual(['gpiod', 'TypeError: a mistake']);
  });
});

describe('the error of a pin that no driver can take', () => {
  const refusal = (name: DriverName, code: GpioError['code']) => ({ name, error: new GpioError(code, `${code} text`) });

  test('is the decisive one where there is one', () => {
    const error = refusalError([refusal('onoff', 'no-gpio'), refusal('gpiod', 'not-permitted')]);
    expect([error.code, error.message]).toEqual(['not-permitted', 'not-permitted text']);
  });

  test('names every driver with its reason otherwise', () => {
    const error = refusalError([refusal('onoff', 'no-gpio'), refusal('pinctrl', 'no-gpio')]);
    expect([error.code, error.message]).toEqual([
      'no-gpio',
      'no GPIO driver works here (onoff: no-gpio text; pinctrl: no-gpio text)',
    ]);
  });
});
