import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_ECHO_OPTIONS, EchoService, type EchoReport } from '../../../src-main/echo/index.ts';
import { DeployWorld } from '../deploy/world.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';
import { connectTarget } from '../support/ssh-target.ts';

let world: DeployWorld;
let echo: EchoService;
let sshd: Sshd;

beforeAll(async () => {
  world = await DeployWorld.make();
  echo = new EchoService({ folder: join(world.folder, 'echo'), targets: world.targets, endpoints: world.deploy });
  sshd = await startSshd();
  await world.add(await connectTarget(sshd, { deviceId: 'pi' }));
});
afterAll(async () => {
  await echo.dispose();
  await world.run('pi', 'uninstall');
  await world.dispose();
  await sshd.stop();
});

async function runOn(deviceId: string): Promise<EchoReport> {
  const [destination] = await echo.destinations([deviceId]);
  if (!destination) throw new Error(`${deviceId} has no echo service.`);
  const { deviceId: _name, ...where } = destination;
  return echo.run({
    ...DEFAULT_ECHO_OPTIONS,
    ...where,
    rounds: 50,
    intervalMs: 0,
    inFlight: 4,
    replyTimeoutMs: 20_000,
  });
}

test('a device without an agent is no destination', async () => {
  expect(await echo.destinations(['practice', 'pi'])).toEqual([]);
});

test('the practice device’s agent echoes every byte', async () => {
  await world.run('practice', 'deploy', { options: await world.options('practice') });
  const report = await runOn('practice');
  expect(report).toMatchObject({ status: 'finished', via: null, counts: { matched: 50, lost: 0, corrupted: 0 } });
});

test('an agent that listens for its own machine alone is reached through the SSH connection', async () => {
  const options = await world.options('pi', { driver: 'simulated', access: 'ssh-only' });
  const job = await world.run('pi', 'deploy', { options });
  expect(job.result).toMatchObject({ kind: 'done' });
  expect(await echo.destinations(['pi'])).toMatchObject([{ host: '127.0.0.1', viaDeviceId: 'pi' }]);
  const report = await runOn('pi');
  expect(report).toMatchObject({
    status: 'finished',
    via: `${sshd.user}@127.0.0.1`,
    counts: { matched: 50, lost: 0, corrupted: 0 },
    end: { peerClosed: true },
  });
});

test('a port that nothing listens on is refused by the device, in words', async () => {
  const options = { ...DEFAULT_ECHO_OPTIONS, host: '127.0.0.1', port: 1, viaDeviceId: 'pi' };
  const report = await echo.run(options);
  expect(report).toMatchObject({ status: 'failed', problem: { code: 'ECONNREFUSED' }, counts: { sent: 0 } });
  expect(report.problem?.meaning).not.toBe('');
});
