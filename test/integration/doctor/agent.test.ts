import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { AgentEndpoint } from '../../../src-main/led/index.ts';
import { buildAgent, type AgentBuild, type RunningAgent } from '../agent/agent-process.ts';
import { LineClient } from '../agent/line-client.ts';
import { OFFLINE_PROGRAMS } from '../support/offline-programs.ts';
import { connectTarget } from '../support/ssh-target.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';
import { freePort } from '../support/free-port.ts';
import { agentRuns, examine, machineWith, serve } from './support.ts';

let build: AgentBuild;
let sshd: Sshd;

beforeAll(async () => {
  build = await buildAgent();
  sshd = await startSshd({ programs: OFFLINE_PROGRAMS });
});
afterAll(async () => {
  await build.dispose();
  await sshd.stop();
});

async function start(args: readonly string[] = []): Promise<RunningAgent> {
  const agent = await build.start(['--driver', 'simulated', ...args]);
  onTestFinished(async () => {
    agent.signal('SIGKILL');
    await agent.exited;
  });
  return agent;
}

async function startWithToken(token: string): Promise<RunningAgent> {
  const folder = await mkdtemp(join(tmpdir(), 'pi-workbench-token-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'token'), token, { mode: 0o600 });
  return start(['--access', 'token', '--token-file', join(folder, 'token')]);
}

const endpoint = (over: Partial<AgentEndpoint>): AgentEndpoint => ({
  ledPort: 1234,
  echoPort: 1235,
  bcm: 27,
  access: 'local',
  token: null,
  ...over,
});

const onThisMachine = async () => ({ target: await machineWith({}), device: { kind: 'practice' as const } });
const overSsh = async () => ({ target: await connectTarget(sshd), device: { port: sshd.port } });

describe('the agent', () => {
  test('that is not installed: deploy it', async () => {
    const { report, step } = await examine(await onThisMachine());
    expect(report.broken).toBe('agent-installed');
    expect(step('agent-installed').action).toMatchObject({ tab: 'agent', label: 'Deploy the agent' });
    expect(step('agent-pin')).toMatchObject({ state: 'skipped' });
  });

  test('that is installed but does not run shows its log', async () => {
    const { report, step } = await examine({
      ...(await onThisMachine()),
      agent: { version: '1.0.0', running: false, detail: 'failed (exit-code 1)', log: ['Error: EADDRINUSE'] },
    });
    expect(report.broken).toBe('agent-running');
    expect(step('agent-running')).toMatchObject({ text: 'The agent does not run: failed (exit-code 1).' });
    expect(step('agent-running').evidence).toEqual(['failed (exit-code 1)', 'Error: EADDRINUSE']);
  });

  test('whose port nobody listens on', async () => {
    const ledPort = await freePort();
    const { report, step } = await examine({
      ...(await onThisMachine()),
      agent: agentRuns,
      endpoint: endpoint({ ledPort }),
    });
    expect(report.broken).toBe('agent-listening');
    expect(step('agent-listening').text).toBe(`Nothing listens on port ${ledPort} of it.`);
  });

  test('that listens on loopback only, although others shall connect', async () => {
    const { ledPort } = await start(['--access', 'ssh-only']);
    const { report, step } = await examine({ ...(await overSsh()), agent: agentRuns, endpoint: endpoint({ ledPort }) });
    expect(report.broken).toBe('agent-listening');
    expect(step('agent-listening').text).toBe(
      `Port ${ledPort} listens on 127.0.0.1 only, so no other machine can connect.`,
    );
  });

  test('that works: every link up to the pin holds, and the LED is as before', async () => {
    const { ledPort } = await start();
    const client = await LineClient.connect(ledPort);
    await client.ask('ON');
    const { report, step } = await examine({ ...(await overSsh()), agent: agentRuns, endpoint: endpoint({ ledPort }) });
    expect(report.steps.filter(({ state }) => state === 'bad')).toEqual([]);
    expect(step('agent-listening').state).toBe('good');
    expect(step('agent-access').text).toContain('lets this computer in');
    expect(step('agent-protocol').text).toContain('protocol 1');
    expect(step('agent-pin')).toMatchObject({ state: 'warning', evidence: ['ON → OFF → ON'] });
    expect(step('agent-pin').text).toContain('simulated');
    expect(await client.ask('STATUS')).toBe('OK ON');
    client.destroy();
  });

  test('for SSH only is reached by the tunnel', async () => {
    const { ledPort } = await start(['--access', 'ssh-only']);
    const { step } = await examine({
      ...(await overSsh()),
      agent: agentRuns,
      endpoint: endpoint({ ledPort, access: 'ssh-only' }),
    });
    expect(step('agent-access')).toMatchObject({ state: 'good' });
    expect(step('agent-access').text).toContain('on the device itself and through SSH, as deployed');
    expect(step('agent-protocol').state).toBe('good');
  });

  test('that blinks is left alone', async () => {
    const { ledPort } = await start();
    const client = await LineClient.connect(ledPort);
    await client.ask('BLINK 500\n');
    const { step } = await examine({ ...(await onThisMachine()), agent: agentRuns, endpoint: endpoint({ ledPort }) });
    expect(step('agent-pin').text).toContain('left alone');
    expect(await client.ask('STATUS')).toContain('BLINK 500');
    client.destroy();
  });

  test('is not switched when that was not wanted', async () => {
    const { ledPort } = await start();
    const { step } = await examine({
      ...(await onThisMachine()),
      agent: agentRuns,
      endpoint: endpoint({ ledPort }),
      switchLed: false,
    });
    expect(step('agent-pin')).toMatchObject({
      state: 'unknown',
      text: 'The LED was left alone: switching it was not asked for.',
    });
  });

  test('that wants another token', async () => {
    const { ledPort } = await startWithToken('right-token-of-this-device');
    const { report, step } = await examine({
      ...(await onThisMachine()),
      agent: agentRuns,
      endpoint: endpoint({ ledPort, access: 'token', token: 'another-token-than-that' }),
    });
    expect(report.broken).toBe('agent-access');
    expect(step('agent-access').advice).toContain('it reads its token when it starts');
  });

  test('that turns this computer away', async () => {
    const ledPort = await serve(EVERYWHERE, (socket) => {
      socket.end('ERR refused this agent only lets in its own subnets\n');
    });
    const { report, step } = await examine({
      ...(await onThisMachine()),
      agent: agentRuns,
      endpoint: endpoint({ ledPort, access: 'local' }),
    });
    expect(report.broken).toBe('agent-access');
    expect(step('agent-access').text).toBe('It runs, but lets nobody in from this computer’s address.');
    expect(step('agent-access').advice).toContain('another access mode');
  });

  test('another program on its port', async () => {
    const ledPort = await serve(EVERYWHERE, (socket) => socket.write('220 mail.example.org ESMTP\r\n'));
    const { report, step } = await examine({
      ...(await onThisMachine()),
      agent: agentRuns,
      endpoint: endpoint({ ledPort }),
    });
    expect(report.broken).toBe('agent-protocol');
    expect(step('agent-protocol').text).toContain('Something other than the LED agent answers');
  });

  test('whose pin does not work', async () => {
    const agent = await build.start(['--sysfs-root', '/nonexistent'], { PATH: '/nonexistent' });
    onTestFinished(async () => {
      agent.signal('SIGKILL');
      await agent.exited;
    });
    const { report, step } = await examine({
      ...(await onThisMachine()),
      agent: agentRuns,
      endpoint: endpoint({ ledPort: agent.ledPort }),
    });
    expect(report.broken).toBe('agent-pin');
    expect(step('agent-pin').action).toMatchObject({ tab: 'led' });
    expect(step('agent-pin').evidence).toContain('AGENT_NO_GPIO');
  });

  test('a pin that something holds', async () => {
    const ledPort = await serve(EVERYWHERE, (socket) => {
      socket.on('data', (bytes: Buffer) => {
        for (const line of bytes.toString().trim().split('\n')) {
          socket.write(`${line === 'PING' ? 'OK PONG' : line === 'INFO' ? INFO : 'OK ON'}\n`);
        }
      });
    });
    const { report, step } = await examine({
      ...(await onThisMachine()),
      agent: agentRuns,
      endpoint: endpoint({ ledPort }),
    });
    expect(report.broken).toBe('agent-pin');
    expect(step('agent-pin').text).toContain('does not follow: it reads ON after a toggle from ON');
    expect(step('agent-pin').advice).toContain('short');
  });
});

/** As an agent listens that is not for SSH alone. */
const EVERYWHERE = '0.0.0.0';
const INFO =
  'OK version=1.0.0 protocol=1 gpio=27 header-pin=13 driver=onoff simulated=no access=local uptime=1 clients=1 refused-clients=0 host="pi" pid=1 node=20';
