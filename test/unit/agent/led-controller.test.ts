import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { DriverSelection, GpioDriver } from '../../../pi-agent/src/drivers/index.ts';
import { GpioError } from '../../../pi-agent/src/drivers/index.ts';
import { LedController } from '../../../pi-agent/src/led-controller.ts';
import type { Level } from '../../../pi-agent/src/led-state.ts';
import { stateLine, stateReply } from '../../../pi-agent/src/replies.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 100_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A pin that records what was written, and when. */
class RecordingPin implements GpioDriver {
  readonly name = 'onoff';
  readonly written: string[] = [];
  level: Level = 0;
  failure: GpioError | null = null;
  readonly #startedAt = Date.now();

  read(): Level {
    if (this.failure) throw this.failure;
    return this.level;
  }

  write(level: Level): void {
    if (this.failure) throw this.failure;
    this.written.push(`${Date.now() - this.#startedAt} ms ${level}`);
    this.level = level;
  }

  close({ keepLevel }: { readonly keepLevel: boolean }): void {
    if (!keepLevel) this.level = 0;
    this.written.push('closed');
  }
}

async function started(pin = new RecordingPin()) {
  const open = vi.fn((): Promise<DriverSelection> => Promise.resolve({ driver: pin, refused: [] }));
  const led = new LedController({ open, log: () => undefined });
  await led.start();
  const lines: string[] = [];
  const unwatch = led.watch((state) => lines.push(stateLine(state)));
  const say = async (...order: Parameters<LedController['order']>): Promise<string> =>
    stateReply(await led.order(...order));
  return { pin, led, lines, say, open, unwatch };
}

describe('the LED', () => {
  test('keeps the level it was found with', async () => {
    const pin = new RecordingPin();
    pin.level = 1;
    const { say } = await started(pin);
    expect([await say({ kind: 'status' }), pin.written]).toEqual(['OK ON', []]);
  });

  test('tries the drivers once when the first order comes while they are tried', async () => {
    const pin = new RecordingPin();
    const open = vi.fn(async (): Promise<DriverSelection> => {
      await vi.advanceTimersByTimeAsync(100);
      return { driver: pin, refused: [] };
    });
    const led = new LedController({ open, log: () => undefined });
    const [, on] = await Promise.all([led.start(), led.order({ kind: 'on' })]);
    expect([stateReply(on), pin.level, open.mock.calls.length]).toEqual(['OK ON', 1, 1]);
  });

  test('answers each order with the level read back and tells of each change once, numbered', async () => {
    const { say, lines } = await started();
    const replies = [];
    for (const kind of ['on', 'on', 'toggle', 'toggle', 'off', 'off', 'status'] as const)
      replies.push(await say({ kind }));
    expect({ replies, lines }).toEqual({
      replies: ['OK ON', 'OK ON', 'OK OFF', 'OK ON', 'OK OFF', 'OK OFF', 'OK OFF'],
      lines: ['STATE 1 ON', 'STATE 2 OFF', 'STATE 3 ON', 'STATE 4 OFF'],
    });
  });

  test('reports what the pin says, not what was asked for', async () => {
    const { pin, say } = await started();
    pin.write = () => undefined;
    expect(await say({ kind: 'on' })).toBe('OK OFF');
  });

  test('carries out orders given at once one after another', async () => {
    const { say, lines } = await started();
    const all = await Promise.all(Array.from({ length: 100 }, () => say({ kind: 'toggle' })));
    expect([all, lines.length]).toEqual([
      Array.from({ length: 100 }, (_, at) => (at % 2 === 0 ? 'OK ON' : 'OK OFF')),
      100,
    ]);
  });

  test('carries them out one after another too where the pin takes its time, and where one fails', async () => {
    const pin = new RecordingPin();
    let [now, most] = [0, 0];
    const taking = async <T>(access: () => T): Promise<T> => {
      now += 1;
      most = Math.max(most, now);
      await Promise.resolve();
      now -= 1;
      return access();
    };
    const slow: GpioDriver = {
      name: 'gpiod',
      read: () => taking(() => pin.read()),
      write: (level) => taking(() => pin.write(level)),
      close: (options) => taking(() => pin.close(options)),
    };
    const led = new LedController({
      open: () => Promise.resolve({ driver: slow, refused: [] }),
      log: () => undefined,
    });
    await led.start();
    const toggles = Array.from({ length: 10 }, async () => stateReply(await led.order({ kind: 'toggle' })));
    expect([await Promise.all(toggles), most]).toEqual([
      Array.from({ length: 10 }, (_, at) => (at % 2 === 0 ? 'OK ON' : 'OK OFF')),
      1,
    ]);
    pin.failure = new GpioError('gpio-failed', 'GPIO27 does not answer any more');
    const refusals = await Promise.allSettled([1, 2, 3].map(async () => led.order({ kind: 'on' })));
    expect([refusals.map(({ status }) => status), most]).toEqual([['rejected', 'rejected', 'rejected'], 1]);
  });

  test('blinks in phases of the given time, beginning lit, without drifting', async () => {
    const { pin, say, lines } = await started();
    expect(await say({ kind: 'blink', phaseMs: 500 })).toBe('OK ON BLINK 500');
    await vi.advanceTimersByTimeAsync(2000);
    expect({ written: pin.written, lines: lines.slice(0, 2), status: await say({ kind: 'status' }) }).toEqual({
      written: ['0 ms 1', '500 ms 0', '1000 ms 1', '1500 ms 0', '2000 ms 1'],
      lines: ['STATE 1 ON BLINK 500', 'STATE 2 OFF BLINK 500'],
      status: 'OK ON BLINK 500',
    });
  });

  test.each([
    [{ kind: 'on' }, 'OK ON'],
    [{ kind: 'off' }, 'OK OFF'],
    [{ kind: 'toggle' }, 'OK OFF'],
  ] as const)('ends its blinking at %j', async (order, reply) => {
    const { pin, say } = await started();
    await say({ kind: 'blink', phaseMs: 500 });
    expect(await say(order)).toBe(reply);
    const written = pin.written.length;
    await vi.advanceTimersByTimeAsync(5000);
    expect([pin.written.length, await say({ kind: 'status' })]).toEqual([written, reply]);
  });

  test('takes a new rate at once', async () => {
    const { pin, say } = await started();
    await say({ kind: 'blink', phaseMs: 500 });
    await say({ kind: 'blink', phaseMs: 100 });
    await vi.advanceTimersByTimeAsync(250);
    expect(pin.written).toEqual(['0 ms 1', '0 ms 1', '100 ms 0', '200 ms 1']);
  });

  test('is lit for the time of a pulse, and a second pulse begins anew', async () => {
    const { pin, say, lines } = await started();
    expect(await say({ kind: 'pulse', onMs: 200 })).toBe('OK ON PULSE 200');
    await vi.advanceTimersByTimeAsync(150);
    await say({ kind: 'pulse', onMs: 200 });
    await vi.advanceTimersByTimeAsync(1000);
    expect({ written: pin.written, last: lines.at(-1) }).toEqual({
      written: ['0 ms 1', '150 ms 1', '350 ms 0'],
      last: 'STATE 2 OFF',
    });
  });

  test('shows a change made by another program within a second while somebody watches', async () => {
    const { pin, lines, unwatch } = await started();
    pin.level = 1;
    await vi.advanceTimersByTimeAsync(1000);
    unwatch();
    pin.level = 0;
    await vi.advanceTimersByTimeAsync(5000);
    expect(lines).toEqual(['STATE 1 ON']);
  });

  test('is switched off and let go once at the end, and answers no more', async () => {
    const { pin, led, say } = await started();
    await say({ kind: 'blink', phaseMs: 100 });
    await Promise.all([led.close({ keepLevel: false }), led.close({ keepLevel: false })]);
    await vi.advanceTimersByTimeAsync(1000);
    expect([pin.level, pin.written]).toEqual([0, ['0 ms 1', 'closed']]);
    await expect(led.order({ kind: 'on' })).rejects.toThrow('the agent is ending and has let go of the pin');
  });
});

describe('an LED whose pin fails', () => {
  const broken = new GpioError('gpio-failed', 'GPIO27 does not answer any more');

  test('is of unknown level, and is taken anew by an order two seconds later', async () => {
    const { pin, say, lines, open } = await started();
    pin.failure = broken;
    await expect(say({ kind: 'on' })).rejects.toBe(broken);
    await expect(say({ kind: 'on' })).rejects.toMatchObject({ message: broken.message });
    pin.failure = null;
    await vi.advanceTimersByTimeAsync(2000);
    expect([await say({ kind: 'on' }), lines, open.mock.calls.length]).toEqual([
      'OK ON',
      ['STATE 1 UNKNOWN', 'STATE 2 ON'],
      2,
    ]);
  });

  test('stops blinking', async () => {
    const { pin, led, say } = await started();
    await say({ kind: 'blink', phaseMs: 100 });
    pin.failure = broken;
    await vi.advanceTimersByTimeAsync(1000);
    expect(led.state).toMatchObject({ level: null, activity: { kind: 'steady' } });
  });

  test('without any driver says why, and tries again only after two seconds', async () => {
    const refused = [{ name: 'onoff', error: new GpioError('pin-busy', 'GPIO4 is in use by onewire') }] as const;
    const open = vi.fn((): Promise<DriverSelection> => Promise.resolve({ driver: null, refused }));
    const led = new LedController({ open, log: () => undefined });
    await led.start();
    for (const kind of ['on', 'off', 'toggle', 'status'] as const) {
      await expect(led.order({ kind })).rejects.toMatchObject({
        code: 'pin-busy',
        message: 'GPIO4 is in use by onewire',
      });
    }
    await vi.advanceTimersByTimeAsync(2000);
    await expect(led.order({ kind: 'on' })).rejects.toMatchObject({ code: 'pin-busy' });
    expect(open).toHaveBeenCalledTimes(2);
  });
});
