import * as v from 'valibot';
import { TIME_BOUNDS } from '../../../pi-agent/src/protocol.ts';
import type { LedSnapshot } from '../../led/index.ts';
import { call, event, type CallMap, type EventMap } from '../definition.ts';

const deviceId = v.pipe(v.string(), v.minLength(1), v.maxLength(200));

const milliseconds = ({ min, max }: { readonly min: number; readonly max: number }) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));

/** What can be asked of the LED, as in the agent's protocol. */
const order = v.variant('kind', [
  v.object({ kind: v.picklist(['on', 'off', 'toggle', 'status', 'identify']) }),
  v.object({ kind: v.literal('blink'), milliseconds: milliseconds(TIME_BOUNDS.BLINK) }),
  v.object({ kind: v.literal('pulse'), milliseconds: milliseconds(TIME_BOUNDS.PULSE) }),
]);

export const ledCalls = {
  /** Begins to follow the LED of a device; `led.changed` tells what comes after. */
  'led.watch': call<LedSnapshot>()(v.object({ deviceId })),
  /** Carries out one order and gives the LED as the agent then read it. */
  'led.command': call<LedSnapshot>()(v.object({ deviceId, order })),
  /** Connects to the agent again at once, instead of waiting for the next try. */
  'led.reconnect': call<LedSnapshot>()(v.object({ deviceId })),
} satisfies CallMap;

export const ledEvents = {
  /** The newest snapshot of an LED that changed. */
  'led.changed': event<LedSnapshot>(),
} satisfies EventMap;
