import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ServerChannel, Session } from 'ssh2';
import { afterEach, describe, expect, test } from 'vitest';
import { openConnection } from '../../../src-main/ssh/index.ts';
import { SshTarget } from '../../../src-main/target/remote/index.ts';
import { signInTo, startOddServer, type OddServerOptions } from '../support/odd-server.ts';
import { startSshd, type Sshd, type SshdOptions } from '../support/sshd.ts';
import { connectTarget } from '../support/ssh-target.ts';

const maySetUpADisk = process.platform === 'linux' && process.getuid?.() === 0;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function real(options: SshdOptions = {}): Promise<{ sshd: Sshd; target: SshTarget; home: string }> {
  const sshd = await startSshd(options);
  closers.push(() => sshd.stop());
  const target = await connectTarget(sshd);
  closers.push(() => target.dispose());
  return { sshd, target, home: await target.home() };
}

async function odd(options: OddServerOptions): Promise<SshTarget> {
  const server = await startOddServer(options);
  closers.push(() => server.close());
  const connection = await openConnection(signInTo(server));
  const target = new SshTarget({ deviceId: 'pi', connection, user: 'pi', host: server.host });
  closers.push(() => target.dispose());
  return target;
}

const onExec = (run: (channel: ServerChannel, command: string) => void): OddServerOptions => ({
  onSession: (session: Session) => {
    session.on('exec', (accept, _reject, { command }) => run(accept(), command));
  },
});

describe('a command', () => {
  test('whose exit status comes before its output is read to the end', async () => {
    const target = await odd(
      onExec((channel) => {
        channel.exit(0);
        channel.stderr.end();
        channel.end(Buffer.alloc(1024 * 1024, 'x'));
      }),
    );
    const { code, stdout } = await target.exec({ argv: ['x'] });
    expect({ code, bytes: stdout.length }).toEqual({ code: 0, bytes: 1_048_576 });
  });

  test('without any output, and one with output on stderr only, ends', async () => {
    const { target } = await real();
    expect(await target.exec({ script: 'exit 7' })).toEqual({ code: 7, signal: null, stdout: '', stderr: '' });
    const { stderr } = await target.exec({ script: 'head -c 300000 /dev/zero >&2' });
    expect(stderr.length).toBe(300_000);
  });
});

describe('channels', () => {
  test('never are more than a server allows: 60 commands and uploads where the 11th channel is refused', async () => {
    const { target, home } = await real({ config: ['MaxSessions 10'] });
    const work = Array.from({ length: 60 }, (_, index) =>
      index % 3 === 0
        ? target.upload([{ from: Buffer.from(`${index}`), to: join(home, `file-${index}`), mode: 0o600 }])
        : target.exec({ argv: ['echo', `${index}`] }),
    );
    const results = await Promise.allSettled(work);
    expect(results.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect((await readdir(home)).filter((name) => name.startsWith('file-'))).toHaveLength(20);
  });

  test('are waited for on a server that allows two', async () => {
    const { target, home } = await real({ config: ['MaxSessions 2'] });
    await target.upload([{ from: Buffer.from('x'), to: join(home, 'x'), mode: 0o600 }]);
    const results = await Promise.all(Array.from({ length: 60 }, () => target.exec({ argv: ['echo', 'ok'] })));
    expect(results.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 60 }, () => 'ok\n'));
  });

  test('are waited for while the server still counts one whose program has not ended', async () => {
    const { target } = await real({ config: ['MaxSessions 1'] });
    const given = target.exec({ script: 'trap "" HUP TERM; sleep 3' }, { timeoutMs: 200 });
    await expect(given).rejects.toMatchObject({ code: 'COMMAND_TIMEOUT' });
    expect(await target.exec({ argv: ['echo', 'ok'] })).toMatchObject({ stdout: 'ok\n' });
  });

  test('that stay open never keep a command waiting, and the sixth is refused in words', async () => {
    const { target } = await real();
    const logs = await Promise.all(Array.from({ length: 5 }, () => target.spawn({ script: 'exec sleep 300' })));
    expect(await target.exec({ argv: ['echo', 'ok'] })).toMatchObject({ stdout: 'ok\n' });
    await expect(target.spawn({ script: 'true' })).rejects.toMatchObject({ code: 'TOO_MANY_SESSIONS' });
    for (const log of logs) {
      log.stdout.resume();
      log.stderr.resume();
      log.kill('SIGKILL');
    }
    await Promise.all(logs.map(({ exited }) => exited));
    const again = await target.spawn({ script: 'exit 0' });
    again.stdout.resume();
    again.stderr.resume();
    expect(await again.exited).toEqual({ code: 0, signal: null });
  });
});

describe('an upload of twelve files', () => {
  const files = (home: string) =>
    Array.from({ length: 12 }, (_, index) => ({
      from: randomBytes(10_000 + index),
      to: join(home, 'app', `file-${index}`),
      mode: index === 0 ? 0o755 : index === 1 ? 0o600 : 0o644,
    }));

  test('arrives with twelve right hashes and the modes asked for, under umask 077', async () => {
    const { target, home } = await real({ sftp: '/usr/lib/openssh/sftp-server -u 077' });
    await target.exec({ argv: ['mkdir', join(home, 'app')] });
    const sent = files(home);
    await target.upload(sent);
    const found = await Promise.all(
      sent.map(async ({ to }) => ({ hash: sha256(await readFile(to)), mode: (await stat(to)).mode & 0o777 })),
    );
    expect(found).toEqual(sent.map(({ from, mode }) => ({ hash: sha256(from), mode })));
  });

  test('of which one cannot be written names that one and puts none in place', async () => {
    const { target, home } = await real();
    await target.exec({ argv: ['mkdir', join(home, 'app')] });
    await mkdir(join(home, 'app', 'file-7.part'));
    const upload = target.upload(files(home));
    await expect(upload).rejects.toMatchObject({ code: 'UPLOAD_FAILED', details: { file: 'file-7' } });
    await rm(join(home, 'app', 'file-7.part'), { recursive: true, force: true });
    expect(await readdir(join(home, 'app'))).toEqual([]);
  });

  test('to a server without SFTP goes over commands and arrives the same', async () => {
    const { target, home } = await real({ sftp: 'none' });
    await target.exec({ argv: ['mkdir', join(home, 'app')] });
    const sent = [...files(home), { from: randomBytes(3_000_000), to: join(home, 'app', 'big'), mode: 0o644 }];
    await target.upload(sent);
    const found = await Promise.all(sent.map(async ({ to }) => sha256(await readFile(to))));
    expect(found).toEqual(sent.map(({ from }) => sha256(from)));
    expect(((await stat(join(home, 'app', 'file-0'))).mode & 0o777).toString(8)).toBe('755');
    const missing = target.upload([{ from: Buffer.from('x'), to: join(home, 'none', 'x'), mode: 0o600 }]);
    await expect(missing).rejects.toMatchObject({
      code: 'UPLOAD_FAILED',
      message: expect.stringMatching(/x could not/),
    });
  });

  test.each([
    ['fails', 'echo "error while loading shared libraries" >&2; exit 127'],
    ['prints no hash', 'echo "dgst: unknown option"'],
  ])('is checked by sha256sum where openssl %s', async (_, text) => {
    const { target, home } = await real({ programs: { openssl: `#!/bin/sh\ntouch "$HOME/asked"\n${text}\n` } });
    const sent = { from: randomBytes(1_500_000), to: join(home, 'big'), mode: 0o644 };
    await target.upload([sent]);
    expect((await readdir(home)).filter((name) => ['asked', 'big', 'big.part'].includes(name))).toEqual([
      'asked',
      'big',
    ]);
    expect(sha256(await readFile(sent.to))).toBe(sha256(sent.from));
  });
});

describe('file transfer that a start-up file disturbs', () => {
  test('is told with the start-up file as the likely cause', async () => {
    const { target, home } = await real({ sftp: '/bin/sh -c "echo hello; exec /usr/lib/openssh/sftp-server"' });
    const upload = target.upload([{ from: Buffer.from('x'), to: join(home, 'x'), mode: 0o600 }]);
    await expect(upload).rejects.toMatchObject({ code: 'SFTP_DISTURBED', hint: expect.stringContaining('.bashrc') });
  });

  test('also when it answers nothing at all', async () => {
    const { target, home } = await real({ sftp: '/bin/sleep 60' });
    const upload = target.upload([{ from: Buffer.from('x'), to: join(home, 'x'), mode: 0o600 }]);
    await expect(upload).rejects.toMatchObject({ code: 'SFTP_DISTURBED' });
  });
});

describe('an upload that stands still', () => {
  test('is given up, leaves no file, and the next try succeeds with nothing left over', async () => {
    const { sshd, target, home } = await real();
    const bytes = randomBytes(10_000_000);
    const file = { from: bytes, to: join(home, 'big'), mode: 0o644 };
    const port = await freezingProxy(sshd, 6_000_000);
    const frozen = await connectTarget({ ...sshd, address: '127.0.0.1', port });
    const stalled = frozen.upload([file], { stallMs: 1_000 });
    await expect(stalled).rejects.toMatchObject({ code: 'UPLOAD_STALLED', details: { file: 'big' } });
    expect((await readdir(home)).filter((name) => name.startsWith('big'))).toEqual(['big.part']);
    await target.upload([file]);
    expect((await readFile(file.to)).equals(bytes)).toBe(true);
    expect((await readdir(home)).filter((name) => name.endsWith('.part'))).toEqual([]);
    await frozen.dispose();
  });

  test('is cancelled at once, and what it left is taken away', async () => {
    const { target, home } = await real();
    const stop = new AbortController();
    const upload = target.upload([{ from: randomBytes(20_000_000), to: join(home, 'big'), mode: 0o644 }], {
      signal: stop.signal,
      onProgress: ({ sentBytes }) => {
        if (sentBytes > 1_000_000) stop.abort();
      },
    });
    await expect(upload).rejects.toMatchObject({ code: 'CANCELLED' });
    expect((await readdir(home)).filter((name) => name.startsWith('big'))).toEqual([]);
  });
});

describe.runIf(maySetUpADisk)('a full disk', () => {
  test('is told as that, and the old file stays', async () => {
    const { target, home } = await real();
    const small = join(home, 'small');
    await mkdir(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=777', 'tmpfs', small]);
    closers.push(async () => void execFileSync('umount', ['-l', small]));
    await writeFile(join(small, 'app'), 'old', { mode: 0o666 });
    const upload = target.upload([{ from: randomBytes(3_000_000), to: join(small, 'app'), mode: 0o644 }]);
    await expect(upload).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(await readdir(small)).toEqual(['app']);
    expect(await readFile(join(small, 'app'), 'utf8')).toBe('old');
  });
});

describe('sudo over SSH', () => {
  const password = `a'b"c$$(id) d`;
  const fakeSudo = [
    '#!/bin/sh',
    'printf "%s\\n" "$*" >> "$HOME/sudo-arguments"',
    'while [ "$1" != -p ]; do shift; done',
    'printf %s "$2" >&2; IFS= read -r typed',
    'printf "%s\\n" "$typed" >> "$HOME/sudo-typed"',
    `if [ "$typed" != "$(cat "$HOME/sudo-expects")" ]; then printf 'Sorry, try again.\\n%s' "$2" >&2; read -r again; exit 1; fi`,
    'shift 2; [ "$1" = -- ] && shift; exec "$@"',
    '',
  ].join('\n');

  test('gives the password to sudo alone, byte for byte, and the input to the command', async () => {
    const { sshd, target, home } = await real({ programs: { sudo: fakeSudo } });
    await writeFile(join(home, 'sudo-expects'), password, { mode: 0o644 });
    const result = await target.sudo({ argv: ['cat'] }, { password, input: 'the input' });
    expect(result).toMatchObject({ code: 0, stdout: 'the input', stderr: '' });
    expect(await readFile(join(home, 'sudo-typed'), 'utf8')).toBe(`${password}\n`);
    expect(await readFile(join(home, 'sudo-arguments'), 'utf8')).not.toContain(password);
    expect(sshd.log()).not.toContain(password);
  });

  test('tells a wrong password as that', async () => {
    const { target, home } = await real({ programs: { sudo: fakeSudo } });
    await writeFile(join(home, 'sudo-expects'), password, { mode: 0o644 });
    const wrong = target.sudo({ argv: ['id'] }, { password: 'wrong' });
    await expect(wrong).rejects.toMatchObject({ code: 'SUDO_WRONG_PASSWORD' });
  });
});

/** Passes bytes on to sshd until it has seen so many, then nothing any more, as a link that hangs. */
async function freezingProxy(sshd: Sshd, afterBytes: number): Promise<number> {
  const server = createServer((near) => {
    const far = connect(sshd.port, sshd.address);
    let seen = 0;
    near.on('data', (chunk: Buffer) => {
      seen += chunk.length;
      if (seen > afterBytes) near.pause();
      else far.write(chunk);
    });
    far.pipe(near);
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.on('close', () => far.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => void server.close());
  return (server.address() as AddressInfo).port;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
