import { afterAll, beforeAll } from 'vitest';
import { DeployWorld } from '../../integration/deploy/world.ts';
import { LabPi, type PiOptions } from './lab.ts';
import { signedIn } from './signed-in.ts';

/** A container Pi that is signed in to as the device `pi`, and the service that deploys to it. */
export interface Bench {
  readonly pi: LabPi;
  readonly world: DeployWorld;
}

/** A bench for the tests of the describe it is called in: its Pi boots before the first and is gone after the last. */
export function benchWith(options: PiOptions): Bench {
  let pi: LabPi;
  let world: DeployWorld;
  beforeAll(async () => {
    pi = await LabPi.up(options);
    world = await DeployWorld.make();
    await world.add(await signedIn(pi));
  });
  afterAll(async () => {
    await world.dispose();
    await pi.down();
  });
  return {
    get pi() {
      return pi;
    },
    get world() {
      return world;
    },
  };
}
