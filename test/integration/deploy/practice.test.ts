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

  it('tells what holds when it is cancelled with the new token in its file', async () => {
    const options = await world.options('practice', { access: 'token' });
    await world.run('practice', 'deploy', { options });
    const starting = world.stepRunning('practice', 'start');
    world.deploy.start('practice', 'renew-token', {});
    await starting;
    const ended = world.ended('practice');
    world.deploy.cancel('practice');
    const { result } = await ended;
    expect(result).toMatchObject({
      kind: 'cancelled',
      note: expect.stringMatching(/^Cancelled\. The new token is in/),
    });
  });
});
