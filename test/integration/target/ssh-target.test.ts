import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SshTarget } from '../../../src-main/target/remote/index.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';
import { freePort } from '../support/free-port.ts';
import { connectTarget } from '../support/ssh-target.ts';

let sshd: Sshd;
let target: SshTarget;
let folder: string;

beforeAll(async () => {
  sshd = await startSshd({ bashrc: 'echo "hello from rc"; echo "noise" >&2\n[ -t 0 ] && PS1="ready> "\n' });
  target = await connectTarget(sshd);
  folder = await target.home();
});
afterAll(async () => {
  await target.dispose();
  await sshd.stop();
});

describe('commands', () => {
  test('return both outputs and the code, without what the login shell prints', async () => {
    const result = await target.exec({ script: 'echo out; echo err >&2; exit 3' });
    expect(result).toEqual({ stdout: 'out\n', stderr: 'err\n', code: 3, signal: null });
  });

  test('pass every byte of an argument, whatever the far shell makes of it', async () => {
    const words = ['a b', `it's`, '"', '$HOME `id`', '\\', '*', '', '-n', 'ä\n!', '~'];
    const { stdout } = await target.exec({ argv: ['printf', '%s|', ...words] });
    expect(stdout).toBe(words.map((word) => `${word}|`).join(''));
  });

  test('read their input to the end', async () => {
    const input = randomBytes(3_000_000);
    const { stdout } = await target.exec({ argv: ['sha256sum'] }, { input });
    expect(stdout).toBe(`${createHash('sha256').update(input).digest('hex')}  -\n`);
  });

  test('tell the signal that ended them', async () => {
    expect(await target.exec({ script: 'kill -TERM $$' })).toMatchObject({ code: null, signal: 'SIGTERM' });
  });

  test('end at the time-out together with everything they started', async () => {
    const error = await target
      .exec({ script: 'sleep 301 & echo $! > sleeper; sleep 302' }, { timeoutMs: 300 })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'COMMAND_TIMEOUT' });
    const pid = (await readFile(join(folder, 'sleeper'), 'utf8')).trim();
    const left = await target.exec({
      script: `n=0; while kill -0 ${pid} 2>/dev/null; do n=$((n+1)); [ $n = 50 ] && exit 1; sleep 0.1; done`,
    });
    expect(left.code).toBe(0);
  });

  test('are cancelled by a signal', async () => {
    const stop = new AbortController();
    const running = target.exec({ script: 'sleep 300' }, { signal: stop.signal });
    stop.abort();
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  test('that print too much are stopped', async () => {
    const running = target.exec({ script: 'yes' }, { maxOutputBytes: 100_000 });
    await expect(running).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
  });

  test('stream while they run, and take a signal', async () => {
    const running = await target.spawn({ script: 'echo first; read line; echo "got $line"; exec sleep 300' });
    running.stderr.resume();
    expect(String(await once(running.stdout, 'data'))).toBe('first\n');
    running.stdin.write('word\n');
    expect(String(await once(running.stdout, 'data'))).toBe('got word\n');
    running.kill('SIGTERM');
    expect(await running.exited).toEqual({ code: null, signal: 'SIGTERM' });
  });

  test('of any number share few channels', async () => {
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, index) => target.exec({ argv: ['echo', String(index)] })),
    );
    expect(results.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 30 }, (_, index) => `${index}\n`));
  });
});

describe('files', () => {
  test('are uploaded with their bytes and mode whatever the umask, and leave no temporary name', async () => {
    const bytes = randomBytes(1_500_000);
    const local = join(await mkdtemp(join(tmpdir(), 'pi-workbench-source-')), 'big');
    await writeFile(local, bytes);
    const seen: number[] = [];
    await target.upload(
      [
        { from: { path: local }, to: join(folder, `My LED'; touch pwn; '`), mode: 0o755 },
        { from: Buffer.from('secret'), to: join(folder, 'token'), mode: 0o600 },
        { from: Buffer.alloc(0), to: join(folder, 'empty'), mode: 0o644 },
      ],
      { onProgress: ({ sentBytes, totalBytes }) => seen.push(sentBytes / totalBytes) },
    );
    const names = await readdir(folder);
    expect(names).toEqual(expect.arrayContaining([`My LED'; touch pwn; '`, 'token', 'empty']));
    expect(names.filter((name) => name.endsWith('.part') || name === 'pwn')).toEqual([]);
    expect(bytes.equals(await readFile(join(folder, `My LED'; touch pwn; '`)))).toBe(true);
    const modes = [`My LED'; touch pwn; '`, 'token', 'empty'].map(
      async (name) => (await stat(join(folder, name))).mode & 0o777,
    );
    expect(await Promise.all(modes)).toEqual([0o755, 0o600, 0o644]);
    expect(seen.at(-1)).toBe(1);
    await rm(local);
  });

  test('that cannot be written raise an error that names the file, and the old one stays', async () => {
    await target.upload([{ from: Buffer.from('old'), to: join(folder, 'kept'), mode: 0o600 }]);
    const upload = target.upload([
      { from: Buffer.from('new'), to: join(folder, 'kept'), mode: 0o600 },
      { from: Buffer.from('x'), to: join(folder, 'missing-folder/file'), mode: 0o600 },
    ]);
    await expect(upload).rejects.toMatchObject({ code: 'UPLOAD_FAILED', details: { file: 'file' } });
    expect(await readFile(join(folder, 'kept'), 'utf8')).toBe('old');
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('are read as bytes, and a missing one is null', async () => {
    const bytes = randomBytes(70_000);
    await writeFile(join(folder, 'bytes'), bytes, { mode: 0o644 });
    expect(bytes.equals((await target.readFile(join(folder, 'bytes'))) ?? Buffer.alloc(0))).toBe(true);
    expect(await target.readFile(join(folder, 'nothing/here'))).toBeNull();
    await expect(target.readFile('/etc/shadow')).rejects.toMatchObject({ code: 'READ_FAILED' });
  });
});

describe('tunnels', () => {
  let echo: Server;
  let port: number;
  beforeAll(async () => {
    echo = createServer({ allowHalfOpen: true }, (socket) => void socket.pipe(socket));
    port = await freePort();
    echo.listen(port, '127.0.0.1');
    await once(echo, 'listening');
  });
  afterAll(() => void echo.close());

  test('carry bytes both ways and a half-close', async () => {
    const bytes = randomBytes(3_000_000);
    const stream = await target.connect('127.0.0.1', port);
    const back: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => back.push(chunk));
    stream.end(bytes);
    await once(stream, 'close');
    expect(bytes.equals(Buffer.concat(back))).toBe(true);
  });

  test('close when destroyed', async () => {
    const stream = await target.connect('127.0.0.1', port);
    stream.destroy();
    await once(stream, 'close');
    expect(stream.destroyed).toBe(true);
  });

  test('that are refused say so with the system’s code', async () => {
    const nobody = await freePort();
    await expect(target.connect('127.0.0.1', nobody)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('a terminal', () => {
  test('has the size asked for, takes a new one, and ends with the shell’s code', async () => {
    const terminal = await target.terminal({ columns: 91, rows: 17 });
    const output = text(terminal.io);
    terminal.io.write('stty size\n');
    terminal.resize(101, 33);
    terminal.io.write('sleep 0.2; stty size; exit 5\n');
    expect(await terminal.exited).toEqual({ code: 5, signal: null });
    expect(await output).toMatch(/(17 91|33 101)[^]*33 101/);
  });

  test('can run a program instead of the shell', async () => {
    const terminal = await target.terminal({ columns: 80, rows: 24, argv: ['python3', '-q'] });
    const output = text(terminal.io);
    terminal.io.write('print(6 * 7)\nexit()\n');
    expect(await terminal.exited).toMatchObject({ code: 0 });
    expect(await output).toContain('42');
  });
});

describe('a connection that is cut', () => {
  test('is told at once: state, running command, tunnel, terminal and whatever comes after', async () => {
    const echo = createServer((socket) => void socket.pipe(socket).on('error', () => undefined));
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const other = await connectTarget(sshd);
    const states: unknown[] = [];
    other.stateChanges.subscribe((state) => states.push(state));
    const running = other.exec({ script: 'echo started; sleep 300' });
    running.catch(() => undefined);
    const terminal = await other.terminal({ columns: 80, rows: 24 });
    const tunnel = await other.connect('127.0.0.1', (echo.address() as { port: number }).port);
    const tunnelError = once(tunnel, 'error');
    await other.exec({ script: 'true' });
    await sshd.dropConnections();
    const expected = { code: 'DISCONNECTED', message: `The connection to ${other.name} was cut.` };
    await expect(running).rejects.toMatchObject(expected);
    await expect(terminal.exited).rejects.toMatchObject(expected);
    expect((await tunnelError)[0]).toMatchObject(expected);
    await expect(other.exec({ script: 'true' })).rejects.toMatchObject(expected);
    await expect(other.connect('127.0.0.1', 1)).rejects.toMatchObject(expected);
    await expect(other.upload([{ from: Buffer.from('x'), to: '/tmp/x', mode: 0o600 }])).rejects.toMatchObject(expected);
    expect(states).toMatchObject([{ kind: 'disconnected', ...expected }]);
    await other.dispose();
    echo.close();
    // The connection shared by the other tests was cut too.
    target = await connectTarget(sshd);
  });
});
