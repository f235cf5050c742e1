import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DeployMany, type DeployOptions, type ManySnapshot } from '../../../src-main/deploy/index.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';
import { connectTarget } from '../support/ssh-target.ts';
import { DeployWorld } from './world.ts';

const PIS = ['pi-1', 'pi-2', 'pi-3'];
const ALL = ['practice', ...PIS];

let world: DeployWorld;
let many: DeployMany;
let sshds: readonly Sshd[];
const options = new Map<string, DeployOptions>();
/** The devices worked on at the same time, noted at every change. */
let together: string[][] = [];

beforeAll(async () => {
  world = await DeployWorld.make();
  sshds = await Promise.all(PIS.map(() => startSshd()));
  for (const id of PIS) await signIn(id);
  for (const id of ALL) options.set(id, await world.options(id, { driver: 'simulated' }));
  // The devices share this computer, where each needs ports of its own; everything else is the service itself.
  const { deploy } = world;
  many = new DeployMany({
    practiceDeviceId: 'practice',
    deploy: {
      snapshots: deploy.snapshots,
      optionsOf: (id) => deploy.optionsOf(id),
      cancel: (id) => deploy.cancel(id),
      start: (id, kind) => deploy.start(id, kind, { options: options.get(id) }),
    },
  });
  many.changes.subscribe(() => {
    together.push(many.snapshot.rows.filter(({ result }) => result.kind === 'running').map(({ deviceId }) => deviceId));
  });
});
afterAll(async () => {
  many.dispose();
  for (const id of PIS) await world.run(id, 'uninstall', { options: options.get(id) });
  await world.dispose();
  await Promise.all(sshds.map((sshd) => sshd.stop()));
});

async function signIn(deviceId: string): Promise<void> {
  const sshd = sshds[PIS.indexOf(deviceId)];
  if (sshd) await world.add(await connectTarget(sshd, { deviceId }));
}

/** Deploys and waits until no row is open. */
function run(ids: readonly string[], atOnce?: number): Promise<ManySnapshot> {
  together = [];
  return new Promise((resolve) => {
    const stop = many.changes.subscribe(() => {
      if (many.snapshot.rows.some(({ result }) => ['waiting', 'running'].includes(result.kind))) return;
      stop();
      resolve(many.snapshot);
    });
    const [first] = ids;
    many.start(ids, options.get(first ?? '') ?? world.deploy.optionsOf('pi-1'), atOnce);
  });
}
const kinds = ({ rows }: ManySnapshot) => rows.map(({ deviceId, result }) => `${deviceId} ${result.kind}`);
const most = () => Math.max(...together.map(({ length }) => length));

describe('three devices over SSH and the practice device', () => {
  test('are deployed to two at a time, and each agent answers', async () => {
    const { rows } = await run(ALL, 2);
    expect(rows.map(({ result }) => result)).toEqual(ALL.map(() => expect.objectContaining({ kind: 'done' })));
    expect(most()).toBe(2);
    for (const id of ALL) expect((await world.deploy.read(id)).agent).toMatchObject({ simulated: true });
    for (const { steps } of rows) expect(steps.at(-1)).toMatchObject({ id: 'switch', state: 'done' });
  });

  test('are left as they were when all is cancelled', async () => {
    const before = new Map(options);
    for (const [id, one] of before) options.set(id, { ...one, settings: { ...one.settings, bcm: 17 } });
    const uploading = world.stepRunning('practice', 'upload');
    const ended = run(ALL, 2);
    await uploading;
    many.cancel();
    expect(kinds(await ended)).toEqual(ALL.map((id) => `${id} cancelled`));
    for (const id of ALL) expect((await world.deploy.read(id)).agent).toMatchObject({ bcm: 27 });
    for (const [id, one] of before) options.set(id, one);
  });

  test('go on when others fail: one that is signed out, and one whose port is taken', async () => {
    await world.targets.remove('pi-1');
    const [mine, taken] = [options.get('pi-3'), options.get('pi-2')];
    if (!mine || !taken) throw new Error('The devices have no options.');
    options.set('pi-3', { ...mine, settings: { ...mine.settings, ledPort: taken.settings.ledPort } });
    const ended = await run(ALL);
    expect(kinds(ended)).toEqual(['practice unchanged', 'pi-1 failed', 'pi-2 unchanged', 'pi-3 failed']);
    expect(most()).toBe(3);
    expect(ended.rows[1]?.result).toMatchObject({ error: { code: 'NOT_SIGNED_IN' } });
    expect(ended.rows[3]?.steps).toContainEqual(expect.objectContaining({ state: 'failed' }));
    options.set('pi-3', mine);
    await signIn('pi-1');
  });
});
