import * as v from 'valibot';
import { call, event, type CallMap, type EventMap, type Handlers } from '../../../src-main/api/definition.ts';
import type { PublishedEvent, ServedContract } from '../../../src-main/api/server.ts';
import { AppError } from '../../../src-main/errors/index.ts';
import { Signal } from '../../../src-main/events/index.ts';

/** A contract that can do everything a contract can, for the suite that runs over every carrier. */
export const sampleCalls = {
  add: call<number>()(v.object({ a: v.pipe(v.number(), v.integer(), v.maxValue(100)), b: v.number() })),
  mirror: call<{ bytes: Uint8Array; nested: readonly Uint8Array[] }>()(
    v.object({ bytes: v.instance(Uint8Array), nested: v.array(v.instance(Uint8Array)) }),
  ),
  plain: call<unknown>()(v.unknown()),
  refuse: call<null>()(v.object({})),
  crash: call<null>()(v.object({})),
  uncarriable: call<unknown>()(v.object({})),
  count: call<string, number>()(v.object({ to: v.number() })),
  wait: call<null>()(v.object({})),
  tooLate: call<string>()(v.object({})),
} satisfies CallMap;

export const sampleEvents = { tick: event<number>(), tock: event<number>() } satisfies EventMap;

export type SampleCalls = typeof sampleCalls;
export type SampleEvents = typeof sampleEvents;

export interface Sample extends ServedContract<SampleCalls> {
  /** Names of the handlers that were called, in order. */
  readonly called: string[];
  /** Error codes of the reasons with which handlers' signals were aborted. */
  readonly aborted: string[];
  readonly unexpected: string[];
  publish(name: keyof SampleEvents, payload: number): void;
}

export function createSample(): Sample {
  const called: string[] = [];
  const aborted: string[] = [];
  const unexpected: string[] = [];
  const events = new Signal<PublishedEvent>();
  const publish = (name: keyof SampleEvents, payload: number): void => events.emit({ name, payload });
  const untilAborted = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        aborted.push(AppError.from(signal.reason).code);
        resolve();
      });
    });
  const handlers: Handlers<SampleCalls> = {
    add: ({ a, b }) => a + b,
    mirror: (args) => args,
    plain: (args) => args,
    refuse: () => {
      throw new AppError('HOST_KEY_CHANGED', 'The key changed.', {
        hint: 'Check the SD card.',
        cause: new Error('known_hosts:3'),
        details: { before: 'SHA256:a', after: 'SHA256:b', line: 3, types: ['ed25519', null] },
      });
    },
    crash: () => {
      throw new RangeError('not thought of');
    },
    uncarriable: () => ({ later: () => 1 }),
    count: async ({ to }, { progress }) => {
      for (let n = 1; n <= to; n += 1) {
        progress(n);
        publish('tick', n);
        if (n % 10 === 0) await new Promise(setImmediate);
      }
      return `counted to ${to}`;
    },
    wait: async (_, { signal }) => {
      await untilAborted(signal);
      throw signal.reason;
    },
    tooLate: async (_, { signal }) => {
      await untilAborted(signal);
      return 'done before it could stop';
    },
  };
  const recording = Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [
      name,
      (...args: never[]) => {
        called.push(name);
        return (handler as (...args: never[]) => unknown)(...args);
      },
    ]),
  ) as unknown as Handlers<SampleCalls>;
  const onUnexpected = (error: AppError, name: string): void => {
    unexpected.push(`${name}: ${error.message}`);
  };
  return { calls: sampleCalls, handlers: recording, events, onUnexpected, called, aborted, unexpected, publish };
}
