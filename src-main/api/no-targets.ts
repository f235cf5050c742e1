import { AppError } from '../errors/index.ts';
import { Signal } from '../events/index.ts';
import type { TargetLookup } from '../target/target.ts';

/** A lookup without a single target. */
export const noTargets: TargetLookup = {
  get: () => {
    throw new AppError('NOT_SIGNED_IN', 'You are not signed in to this device.', { hint: 'Sign in first.' });
  },
  find: () => undefined,
  changes: new Signal(),
};
