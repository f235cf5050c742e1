import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { AppError } from '../../../src-main/errors/index.ts';
import type { NetworkSnapshot } from '../../../src-main/network/index.ts';
import { KnownHostsStore, hostKeyOf } from '../../../src-main/ssh/index.ts';
import { droppingPort } from '../support/dropping-port.ts';
import { OFFLINE_PROGRAMS } from '../support/offline-programs.ts';
import { connectTarget } from '../support/ssh-target.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';
import { freePort } from '../support/free-port.ts';
import { examine, serve } from './support.ts';

describe('from this computer', () => {
  test('a name this computer’s resolver knows', async () => {
    const { step } = await examine({ device: { host: 'localhost', port: await freePort() } });
    expect(step('name')).toMatchObject({ state: 'good' });
    expect(step('name').text).toContain('127.0.0.1');
  });

  test('a name with no address that can be connected to is told from one that is not known', async () => {
    // getaddrinfo(3) takes it for an IPv4 address with one part.
    const { report, step } = await examine({ device: { host: '0' } });
    expect(report.broken).toBe('name');
    expect(step('name').text).toBe('The name 0 is known, but by no address that can be connected to.');
    expect(step('name').evidence.join()).toContain('0.0.0.0');
  });

  test('no way to the address', async () => {
    const { report, step } = await examine({
      device: { host: '169.254.7.7' },
      network: (_, real): NetworkSnapshot => ({ ...real, routes: [] }),
    });
    expect(report.broken).toBe('path');
    expect(step('path').text).toContain('169.254');
    expect(step('path').advice).toContain('router');
    expect(step('tcp').state).toBe('skipped');
  });

  test('a port nothing listens on is refused', async () => {
    const port = await freePort();
    const { report, step } = await examine({ device: { port } });
    expect(report.broken).toBe('tcp');
    expect(step('tcp').text).toBe(`Refused: 127.0.0.1 is there, but nothing listens on port ${port}.`);
    expect(step('tcp').action).toMatchObject({ command: "sudo sshd -T | grep '^port '" });
  });

  test('a port whose packets get lost is a time-out', async () => {
    const port = await droppingPort();
    const { report, step } = await examine({ device: { port } });
    expect(report.broken).toBe('tcp');
    expect(step('tcp').text).toBe(`Time-out: nothing came back from 127.0.0.1 port ${port}.`);
    expect(step('tcp').evidence.join()).toContain('ETIMEDOUT');
  });
});

describe('the SSH server', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd({ programs: OFFLINE_PROGRAMS });
  });
  afterAll(() => sshd.stop());

  const store = async (): Promise<KnownHostsStore> => {
    const folder = await mkdtemp(join(tmpdir(), 'pi-workbench-hosts-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    return new KnownHostsStore({ own: join(folder, 'known_hosts'), user: join(folder, 'none') });
  };

  test('that answers with a key not seen before is no fault, and the sign-in is asked for', async () => {
    const { report, step } = await examine({ device: { port: sshd.port } });
    expect(report.steps.filter(({ state }) => state === 'bad')).toEqual([]);
    expect(step('banner')).toMatchObject({ state: 'good' });
    expect(step('banner').evidence[0]).toMatch(/^SSH-2\.0-OpenSSH/);
    expect(step('host-key').evidence).toEqual([`ED25519 ${await sshd.fingerprint()}`]);
    expect(step('sign-in')).toMatchObject({ state: 'unknown', action: { kind: 'sign-in' } });
    expect(step('link')).toMatchObject({ state: 'skipped', text: 'Not looked at: it needs “Signed in”.' });
    expect(report.summary).toContain('Sign in to look at the rest');
  });

  test('that refused to let this computer in again is what ails, not the connection that broke before', async () => {
    const refusal = new AppError('WRONG_CREDENTIALS', 'pi@lab does not know this key.', { hint: 'Use a password.' });
    const connection = { kind: 'disconnected', code: 'DISCONNECTED', message: 'It was cut.', hint: '' } as const;
    const broken = await examine({ device: { port: sshd.port, connection } });
    expect(broken.step('sign-in')).toMatchObject({ text: 'It was cut.', evidence: ['DISCONNECTED'] });
    const refused = await examine({ device: { port: sshd.port, connection }, refusal });
    expect(refused.step('sign-in')).toMatchObject({
      state: 'bad',
      text: refusal.message,
      advice: refusal.hint,
      evidence: ['WRONG_CREDENTIALS'],
    });
  });

  test('that shows another key than the noted one', async () => {
    const knownHosts = await store();
    const other = await startSshd({ port: await freePort() });
    onTestFinished(() => other.stop());
    const [, base64 = ''] = (await other.publicHostKey()).split(' ');
    await knownHosts.trust('127.0.0.1', sshd.port, hostKeyOf(Buffer.from(base64, 'base64')));
    const { report, step } = await examine({ device: { port: sshd.port }, knownHosts });
    expect(report.broken).toBe('host-key');
    expect(step('host-key')).toMatchObject({ action: { kind: 'sign-in' } });
    expect(step('host-key').advice).toContain('SD card');
    expect(step('host-key').evidence.join('\n')).toContain(await other.fingerprint());
  });

  test('that was signed in to is examined from inside too, and nothing secret was sent to get its key', async () => {
    const before = sshd.log().length;
    const target = await connectTarget(sshd);
    const { report, step } = await examine({
      device: { port: sshd.port, user: sshd.user, connection: { kind: 'signed-in', address: '127.0.0.1', since: 0 } },
      target,
    });
    expect(step('sign-in')).toMatchObject({ state: 'good' });
    expect(step('address').state).toBe('good');
    expect(step('disk').state).not.toBe('skipped');
    expect(step('card')).toMatchObject({ state: 'good' });
    expect(report.broken).toBe('agent-installed');
    expect(step('agent-installed').action).toEqual({ kind: 'open', tab: 'agent', label: 'Deploy the agent' });
    expect(sshd.log().slice(before)).not.toContain('Failed password for doctor');
  });

  test('a connection that broke tells why', async () => {
    const { report, step } = await examine({
      device: {
        port: sshd.port,
        connection: {
          kind: 'disconnected',
          code: 'KEEPALIVE',
          message: 'The device stopped answering.',
          hint: 'Check its power.',
        },
      },
    });
    expect(report.broken).toBe('sign-in');
    expect(step('sign-in')).toMatchObject({
      text: 'The device stopped answering.',
      advice: 'Check its power.',
      action: { kind: 'sign-in' },
    });
  });

  test('that is frozen accepts but says nothing', async () => {
    await sshd.pause();
    onTestFinished(() => sshd.resume());
    const { report, step } = await examine({ device: { port: sshd.port } });
    expect(report.broken).toBe('banner');
    expect(step('banner').text).toContain('says nothing');
    expect(step('banner').advice).toContain('SD card');
  });

  test('something else on the port', async () => {
    const port = await serve('127.0.0.1', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const { report, step } = await examine({ device: { port } });
    expect(report.broken).toBe('banner');
    expect(step('banner')).toMatchObject({
      text: `Something answers on port ${port}, but it is no SSH server.`,
      evidence: ['HTTP/1.1 400 Bad Request'],
    });
  });

  test('a server that turns this computer away at once', async () => {
    const port = await serve('127.0.0.1', (socket) => socket.end());
    const { report, step } = await examine({ device: { port } });
    expect(report.broken).toBe('banner');
    expect(step('banner').text).toContain('closed at once');
    expect(step('banner').action).toMatchObject({ kind: 'command' });
  });

  test('a server of which no algorithm is known', async () => {
    const old = await startSshd({ config: ['KexAlgorithms diffie-hellman-group1-sha1', 'RequiredRSASize 1024'] });
    onTestFinished(() => old.stop());
    const { report, step } = await examine({ device: { port: old.port } });
    expect(report.broken).toBe('host-key');
    expect(step('host-key').text).toContain('key exchange method');
  });
});

test('a port that resets is told apart from one that refuses', async () => {
  const port = await serve('127.0.0.1', (socket) => socket.resetAndDestroy());
  const { report, step } = await examine({ device: { port } });
  expect(['tcp', 'banner']).toContain(report.broken);
  expect(step('tcp').text).not.toContain('Refused');
});

test('cancelling ends the examination at once, in the middle of a step', async () => {
  const stop = new AbortController();
  const port = await serve('127.0.0.1', () => stop.abort());
  await expect(examine({ device: { port }, signal: stop.signal })).rejects.toMatchObject({ code: 'CANCELLED' });
});
