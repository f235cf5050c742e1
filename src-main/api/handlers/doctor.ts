import type { DoctorService } from '../../doctor/index.ts';
import type { doctorCalls } from '../contract/doctor.ts';
import type { Part } from '../definition.ts';

export interface DoctorServices {
  readonly doctor: DoctorService;
}

export function doctorPart({ doctor }: DoctorServices): Part<typeof doctorCalls> {
  return {
    handlers: {
      'doctor.run': ({ deviceId, switchLed }, { signal, progress }) =>
        doctor.run(deviceId, { signal, switchLed, onStep: progress }),
    },
  };
}
