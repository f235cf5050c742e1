import * as v from 'valibot';
import type { DoctorReport, DoctorStep } from '../../doctor/index.ts';
import { call, type CallMap, type EventMap } from '../definition.ts';
import { DeviceId } from './devices.ts';

export const doctorCalls = {
  /** Goes along the chain; each step comes as progress when it is known, when it begins and when it ends. */
  'doctor.run': call<DoctorReport, DoctorStep>()(v.object({ deviceId: DeviceId, switchLed: v.boolean() })),
} satisfies CallMap;

export const doctorEvents = {} satisfies EventMap;

export type { DoctorAction, DoctorReport, DoctorStep } from '../../doctor/index.ts';
