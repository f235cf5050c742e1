import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { offlinePath } from '../support/offline-programs.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';
import { freePort } from '../support/free-port.ts';
import { canMakeUsers } from '../support/temporary-user.ts';
import { Cli } from './cli-process.ts';

let cli: Cli;
let sshd: Sshd;
let device: string;
let trusting: readonly string[];

beforeAll(async () => {
  cli = await Cli.create();
  sshd = await startSshd();
  device = `${sshd.user}@127.0.0.1:${sshd.port}`;
  trusting = ['--key', sshd.keyPath, '--accept-host-key', await sshd.fingerprint()];
});
afterAll(async () => {
  await cli.run(['deploy', 'practice', '--operation', 'uninstall']);
  await sshd.stop();
  await cli.remove();
});

/** A command on a terminal of its own, with what is typed there. */
function onTerminal(args: readonly string[], answers: readonly (readonly [string, string])[]) {
  const program = join(import.meta.dirname, '../../../out/main/cli.js');
  const all = [process.execPath, program, ...args, '--data-dir', cli.dataDir, '--networks', '127.0.0.0/24'];
  const argv = [join(import.meta.dirname, 'terminal.py'), JSON.stringify(answers), ...all];
  return new Promise<{ code: number; shown: string }>((resolve) => {
    const env = { PATH: process.env['PATH'], HOME: cli.home, TERM: 'dumb' };
    execFile('python3', argv, { env }, (error, stdout) => {
      resolve({ code: error === null ? 0 : Number(error.code), shown: stdout });
    });
  });
}

describe('signing in', () => {
  test('to a device never met, with nobody to ask, is refused with its fingerprint', async () => {
    const { code, out, err } = await cli.run(['network', device, '--key', sshd.keyPath, '--json']);
    expect([code, out]).toEqual([4, '']);
    expect(JSON.parse(err)).toMatchObject({
      error: { code: 'HOST_KEY_NEW', details: { fingerprint: await sshd.fingerprint() } },
    });
  });

  test('to a device never met tells a script which fingerprint to give', async () => {
    const { code, err } = await cli.run(['network', device, '--key', sshd.keyPath]);
    expect(code).toBe(4);
    expect(err).toContain(`--accept-host-key ${await sshd.fingerprint()}`);
  });

  test('to a device with another host key than the one given is refused', async () => {
    const { code, err } = await cli.run([
      'network',
      device,
      '--key',
      sshd.keyPath,
      '--accept-host-key',
      'SHA256:wrong',
    ]);
    expect(code).toBe(4);
    expect(err).toContain('not the one given');
    expect(sshd.log()).not.toContain('Accepted');
  });

  test('with a key and the right fingerprint reads the device, and the next time by the label alone', async () => {
    const first = await cli.run(['network', device, '--json', ...trusting]);
    expect(first.err).toBe('');
    expect(JSON.parse(first.out)).toMatchObject({ about: 'device' });
    const again = await cli.run(['network', '127.0.0.1', '--key', sshd.keyPath]);
    expect(again.out).toContain('INTERFACE');
    expect([first.code, again.code]).toEqual([0, 0]);
  });

  test('with a key that the device does not know is a sign-in refused', async () => {
    const strange = join(cli.home, 'strange');
    await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', strange]);
    const { code, out, err } = await cli.run(['network', device, '--json', ...trusting, '--key', strange]);
    expect([code, out]).toEqual([4, '']);
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'WRONG_CREDENTIALS' } });
  });

  test.skipIf(!canMakeUsers())('with a wrong password is a sign-in refused', async () => {
    const { code, shown } = await onTerminal(
      ['network', device, '--password', '--accept-host-key', await sshd.fingerprint()],
      [['Password of', 'wrong']],
    );
    expect(shown).toContain('this user name and password do not fit together');
    expect(code).toBe(4);
  });

  test('by an ssh-agent that does not answer is a sign-in refused', async () => {
    const env = { SSH_AUTH_SOCK: join(cli.home, 'no-agent') };
    const { code, err } = await cli.run(['network', device, '--agent', '--json'], { env });
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'AGENT_UNREACHABLE' } });
    expect(code).toBe(4);
  });

  test('by two means at once is wrong use', async () => {
    const { code, err } = await cli.run(['network', device, '--agent', '--password']);
    expect([code, err]).toEqual([2, expect.stringContaining('Choose one of --key, --agent and --password.')]);
  });

  test('a password cannot be written on the command line', async () => {
    const { code, err } = await cli.run(['network', device, '--password=secret']);
    expect(code).toBe(2);
    expect(err).toContain('--password');
  });

  test('a password that nobody can type is refused rather than waited for', async () => {
    const { code, err } = await cli.run(['network', device, '--password']);
    expect(code).toBe(4);
    expect(err).toContain('there is no terminal');
  });

  test.skipIf(!canMakeUsers())(
    'asks on the terminal for the host key and the password, and never shows the password',
    async () => {
      const other = await startSshd();
      try {
        const { code, shown } = await onTerminal(
          ['network', `${other.user}@127.0.0.1:${other.port}`, '--password'],
          [
            ['Password of', other.password],
            ['Type yes to go on:', 'yes'],
          ],
        );
        expect(shown).toContain(await other.fingerprint());
        expect(shown).toContain('INTERFACE');
        expect(shown).not.toContain(other.password);
        expect(code).toBe(0);
      } finally {
        await other.stop();
      }
    },
  );

  test('ends when the person does not know the host key, and sends nothing', async () => {
    const other = await startSshd();
    try {
      const target = `${other.user}@127.0.0.1:${other.port}`;
      const { code, shown } = await onTerminal(
        ['network', target, '--key', other.keyPath],
        [['Type yes to go on:', 'no']],
      );
      expect(shown).toContain('The device was not trusted');
      expect(code).toBe(4);
      expect(other.log()).not.toContain('Accepted');
    } finally {
      await other.stop();
    }
  });
});

describe('the LED agent', () => {
  test('led on a device without an agent says how to get one', async () => {
    const { code, err } = await cli.run(['led', 'on', device, ...trusting]);
    expect(code).toBe(1);
    expect(err).toContain('pi-workbench deploy');
  });

  test('--check looks at the device and changes nothing', async () => {
    const ports = ['--port', String(await freePort()), '--echo-port', String(await freePort())];
    const { code, out } = await cli.run(['deploy', 'practice', '--check', ...ports]);
    expect(code).toBe(0);
    expect(out).toMatch(/^ok {3}/m);
  });

  test('is deployed, step by step, switched, read and watched', async () => {
    const ports = ['--port', String(await freePort()), '--echo-port', String(await freePort())];
    const deployed = await cli.run(['deploy', 'practice', ...ports]);
    expect(deployed.code).toBe(0);
    expect(deployed.err.match(/^(done|skipped|warned) /gm)).toHaveLength(7);
    const again = await cli.run(['deploy', 'practice', '--json']);
    expect(JSON.parse(again.out.trim().split('\n').at(-1) ?? '')).toMatchObject({ result: { kind: 'unchanged' } });
    expect(JSON.parse(again.out.split('\n')[0] ?? '')).toMatchObject({ step: 'preflight' });
    const unread = cli.start(['deploy', 'practice']);
    unread.child.stdout?.destroy();
    expect(await unread.result).toMatchObject({ code: 0, err: expect.not.stringMatching(/^\s+at /m) });
    const unheard = cli.start(['deploy', 'practice', '--operation', 'restart']);
    unheard.child.stderr?.destroy();
    expect(await unheard.result).toMatchObject({ code: 0, out: 'The agent was restarted.\n' });

    const watching = cli.start(['led', 'watch', 'practice']);
    await expect.poll(() => watching.out(), { timeout: 10_000 }).toBe('off (simulated)\n');
    expect(await cli.run(['led', 'on', 'practice'])).toMatchObject({ code: 0, out: 'on (simulated)\n', err: '' });
    expect(await cli.run(['led', 'toggle', 'practice'])).toMatchObject({ code: 0, out: 'off (simulated)\n' });
    const blinking = await cli.run(['led', 'blink', 'practice', '250', '--json']);
    expect(JSON.parse(blinking.out)).toMatchObject({ activity: { kind: 'blink', phaseMs: 250 } });
    expect((await cli.run(['led', 'off', 'practice'])).out).toBe('off (simulated)\n');
    await expect.poll(() => watching.out(), { timeout: 10_000 }).toMatch(/^off \(simulated\)\non \(simulated\)\noff/);
    watching.child.kill('SIGINT');
    expect((await watching.result).code).toBe(0);
  });

  test('is given a new token where it asks for one', async () => {
    const without = await cli.run(['deploy', 'practice', '--operation', 'renew-token']);
    expect(without.code).toBe(1);
    expect(without.err).toContain('This agent asks for no token.');
    expect((await cli.run(['deploy', 'practice', '--access', 'token'])).code).toBe(0);
    const file = join(cli.dataDir, 'practice/token');
    const before = await readFile(file, 'utf8');
    const renewed = await cli.run(['deploy', 'practice', '--operation', 'renew-token']);
    expect([renewed.code, renewed.out]).toEqual([0, 'The agent takes only the new token now.\n']);
    expect(await readFile(file, 'utf8')).not.toBe(before);
    expect((await cli.run(['led', 'on', 'practice'])).out).toBe('on (simulated)\n');
  });

  test.each([
    [['led', 'brighter', 'practice'], '“brighter” is none of'],
    [['led', 'on', 'practice', '5'], '“5” is one word too many.'],
    [['led', 'on', 'nowhere'], '“nowhere” is no device of your list.'],
    [['led', 'blink', 'practice', 'fast'], '“fast” is not a number of milliseconds.'],
    [['deploy', 'practice', '--pin', 'pin 1'], '--pin: Header pin 1 is 3V3 power'],
    [['deploy', 'practice', '--access', 'all'], '--access: “all” is none of'],
  ])('%j is wrong use', async (args, words) => {
    const { code, err } = await cli.run(args);
    expect(code).toBe(2);
    expect(err).toContain(words);
  });
});

describe('doctor', () => {
  test('without signing in looks from this computer, and says where to go on', async () => {
    const { code, out } = await cli.run(['doctor', device, '--no-sign-in']);
    expect(out).toMatch(/^ok .*SSH/m);
    expect(code).toBe(0);
  });

  test('of a device where nothing listens names the broken link, gives the advice and ends with 3', async () => {
    const { code, out } = await cli.run(['doctor', `pi@127.0.0.1:${await freePort()}`, '--no-sign-in']);
    expect(out).toMatch(/^FAIL .+\n {6}\S/m);
    expect(out).toContain('The chain breaks at');
    expect(code).toBe(3);
  });

  test('gives the whole report as JSON, and one for a forum without the user’s name', async () => {
    const json = await cli.run(['doctor', 'practice', '--json'], {
      env: { PATH: await offlinePath(join(cli.home, 'offline-programs')) },
    });
    expect(JSON.parse(json.out)).toMatchObject({ deviceId: 'practice', steps: expect.any(Array) });
    const report = await cli.run(['doctor', device, '--report', '--no-sign-in']);
    expect(report.out).not.toContain(sshd.user);
  }, 90_000);
});

describe('echo', () => {
  test('measures against an echo service and ends with 0', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? String(address.port) : '';
    try {
      const words = await cli.run(['echo', '127.0.0.1', port, '--rounds', '20', '--interval', '0']);
      expect(words.out).toMatch(/^20 of 20 messages came back whole\.\n/);
      const through = await cli.run([
        'echo',
        '127.0.0.1',
        port,
        '--rounds',
        '5',
        '--via',
        device,
        '--json',
        ...trusting,
      ]);
      expect(JSON.parse(through.out)).toMatchObject({ status: 'finished', counts: { matched: 5, lost: 0 } });
      expect([words.code, through.code]).toEqual([0, 0]);
    } finally {
      server.close();
    }
  });

  test('ended by Ctrl+C gives what was measured, and 130', async () => {
    let asked: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (asked = resolve));
    const server = createServer((socket) =>
      socket
        .on('error', () => undefined)
        .on('data', asked)
        .pipe(socket),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? String(address.port) : '';
    const { child, result } = cli.start(['echo', '127.0.0.1', port, '--rounds', '1000000']);
    await begun;
    child.kill('SIGINT');
    const { code, out } = await result;
    server.close();
    expect(out).toMatch(/^\d+ of \d+ messages came back whole before the run was stopped\.\n/);
    expect(code).toBe(130);
  });

  test('with a service that swallows messages counts them and ends with 3', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined).resume());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? String(address.port) : '';
    const { code, out } = await cli.run([
      'echo',
      '127.0.0.1',
      port,
      '--rounds',
      '2',
      '--timeout',
      '200',
      '--interval',
      '0',
    ]);
    server.close();
    expect(out).toMatch(/^0 of 2 messages came back whole\./);
    expect(code).toBe(3);
  });
});
