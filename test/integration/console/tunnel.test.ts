import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentPorts, ConsoleService, type SessionSnapshot } from '../../../src-main/console/index.ts';
import { Signal } from '../../../src-main/events/index.ts';
import type { AgentEndpoint } from '../../../src-main/led/index.ts';
import { LocalTarget } from '../../../src-main/target/local/index.ts';
import { TargetRegistry } from '../../../src-main/target/registry.ts';
import { connectTarget } from '../support/ssh-target.ts';
import { startSshd } from '../support/sshd.ts';
import { TunnelTarget } from '../led/world.ts';
import { serve } from './support/peers.ts';
import { freePort } from '../support/free-port.ts';
import { afterwards, lines, tcpClient, temporaryFolder } from './support/sessions.ts';

describe('a connection through the SSH connection of a device', () => {
  it('is made there, and carries the bytes and both ends', async () => {
    const { service, deviceId } = await signedIn();
    let from: string | undefined;
    const server = await serve((socket) => {
      from = socket.remoteAddress;
      socket.on('data', (chunk) => socket.write(`got ${chunk.toString()}`));
      socket.on('end', () => socket.end('bye'));
    });
    const { id } = await service.open(tcpClient(server.port, { through: deviceId }));
    await settled(service, id, 'open');
    service.session(id).send(Buffer.from('ON'), 'all');
    await expect.poll(() => service.tab(id).totals.receivedBytes, { timeout: 15_000 }).toBe(6);
    service.session(id).endSending('all');
    await settled(service, id, 'closed');
    expect(await lines(service.tab(id).source)).toEqual([
      'connect sent',
      '> ON',
      '< got ON',
      'half-close sent',
      '< bye',
      'half-close received',
      'close peer',
    ]);
    // The server saw the device's own loopback: the connection came out of sshd.
    expect(from).toBe('127.0.0.1');
  });

  it('tells of a port at which nothing listens there', async () => {
    const { service, deviceId } = await signedIn();
    const { id } = await service.open(tcpClient(await freePort(), { through: deviceId }));
    const { state } = await settled(service, id, 'failed');
    expect(state).toMatchObject({ problem: { python: 'ConnectionRefusedError' } });
  });

  it('tells that one is not signed in', async () => {
    const { service } = await signedIn();
    const { id } = await service.open(tcpClient(1234, { through: 'another' }));
    const { state } = await settled(service, id, 'failed');
    expect(state).toMatchObject({ problem: { code: 'NOT_SIGNED_IN', hint: 'Sign in first.' } });
  });
});

describe('agents offered for a session', () => {
  const agent: AgentEndpoint = { ledPort: 1234, echoPort: 1235, bcm: 27, access: 'local', token: null };

  it.each([
    ['ssh', 'local', { host: '192.168.1.20', through: null, needsToken: false }],
    ['ssh', 'ssh-only', { host: '127.0.0.1', through: 'pi', needsToken: false }],
    ['ssh', 'token', { host: '192.168.1.20', through: null, needsToken: true }],
    ['local', 'ssh-only', { host: '192.168.1.20', through: null, needsToken: false }],
  ] as const)('of a %s device that lets in %s', async (kind, access, way) => {
    const target = new TunnelTarget(kind, '192.168.1.20');
    const targets = {
      get: () => target,
      find: (id: string) => (id === 'pi' ? target : undefined),
      changes: new Signal<never>(),
    };
    const endpoints = { endpoint: async () => ({ ...agent, access, token: 'secret' }), changes: new Signal<string>() };
    expect(await agentPorts(['pi', 'not signed in'], targets, endpoints)).toEqual([
      { deviceId: 'pi', ledPort: 1234, echoPort: 1235, ...way },
    ]);
  });
});

/** A console beside one device that one is signed in to over a real sshd. */
async function signedIn(): Promise<{ service: ConsoleService; deviceId: string }> {
  const sshd = await startSshd();
  afterwards(() => sshd.stop());
  const target = await connectTarget(sshd);
  const targets = new TargetRegistry(new LocalTarget({ deviceId: 'practice' }));
  afterwards(() => targets.dispose());
  await targets.add(target);
  const service = new ConsoleService({
    folder: join(await temporaryFolder(), 'sessions'),
    openTunnel: async (deviceId, host, port, signal) => targets.get(deviceId).connect(host, port, { signal }),
  });
  afterwards(() => service.dispose());
  return { service, deviceId: target.deviceId };
}

async function settled(
  service: ConsoleService,
  id: string,
  kind: SessionSnapshot['state']['kind'],
): Promise<SessionSnapshot> {
  await expect.poll(() => service.tab(id).snapshot().state.kind, { timeout: 15_000 }).toBe(kind);
  return service.tab(id).snapshot();
}
