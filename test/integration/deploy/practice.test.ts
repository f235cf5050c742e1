import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeployWorld } from './world.ts';

let world: DeployWorld;
beforeEach(async () => {
  world = await DeployWorld.make();
});
afterEach(() => world.dispose());

describe('a deployment to the practice device', () => {
  it('goes through every step, and ends with an agent that answers', async () => {
    const options = await world.options('practice');
    const job = await world.run('practice', 'deploy', { options });
    expect(job.result).toMatchObject({ kind: 'done' });
  });
});
