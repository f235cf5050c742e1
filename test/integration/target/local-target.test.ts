import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalTarget } from '../../../src-main/target/local/index.ts';
import type { TerminalProcess } from '../../../src-main/target/target.ts';
import { freePort } from '../support/free-port.ts';

let folder: string;
let target: LocalTarget;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pi-workbench-local-'));
  target = new LocalTarget({ deviceId: 'practice', home: folder });
});

afterEach(async () => {
  await target.dispose();
  await rm(folder, { recursive: true, force: true });
});

describe('commands on this computer', () => {
  it.each([
    ['words arrive as they are', { argv: ['printf', '%s|', 'a b', "it's", '$HOME', ''] }, "a b|it's|$HOME||"],
    ['a script is POSIX sh', { script: 'x=1; echo "$((x + 1))"; pwd' }, null],
  ])('%s', async (_name, command, stdout) => {
    const result = await target.exec(command);
    expect(result).toEqual({ code: 0, signal: null, stderr: '', stdout: stdout ?? `2\n${folder}\n` });
  });

  it('gives a code other than 0 as a result, and 127 for a program that is not there', async () => {
    expect(await target.exec({ script: 'echo bad >&2; exit 3' })).toMatchObject({ code: 3, stderr: 'bad\n' });
    expect(await target.exec({ argv: ['no-such-program-here'] })).toMatchObject({ code: 127 });
  });

  it('passes input bytes unchanged', async () => {
    const bytes = randomBytes(300_000);
    const { stdout } = await target.exec({ argv: ['sha256sum'] }, { input: bytes });
    const { stdout: again } = await target.exec({ argv: ['sha256sum'] }, { input: Buffer.from(bytes) });
    expect(stdout).toMatch(/^[0-9a-f]{64} /);
    expect(again).toBe(stdout);
  });

  it('ends a command and what it started on a time-out, on too much output and on abort', async () => {
    const script = 'sleep 600 & echo $! > child; wait';
    await expect(target.exec({ script }, { timeoutMs: 300 })).rejects.toMatchObject({ code: 'COMMAND_TIMEOUT' });
    const pid = (await readFile(join(folder, 'child'), 'utf8')).trim();
    const gone = await target.exec({ script: `while kill -0 ${pid} 2>/dev/null; do sleep 0.02; done` });
    expect(gone.code).toBe(0);
    await expect(target.exec({ argv: ['yes'] }, { maxOutputBytes: 1000 })).rejects.toMatchObject({
      code: 'OUTPUT_TOO_LARGE',
    });
    await expect(target.exec({ script }, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('files on this computer', () => {
  it('puts files in place with the mode asked for, whatever the umask, and leaves no temporary name', async () => {
    const big = randomBytes(700_000);
    await writeFile(join(folder, 'source'), big);
    const seen: number[] = [];
    await target.upload(
      [
        { from: Buffer.from('one'), to: join(folder, 'one.txt'), mode: 0o666 },
        { from: { path: join(folder, 'source') }, to: join(folder, 'big.bin'), mode: 0o600 },
      ],
      { onProgress: ({ sentBytes, totalBytes }) => seen.push(sentBytes / totalBytes) },
    );
    expect(await readFile(join(folder, 'big.bin'))).toEqual(big);
    expect((await stat(join(folder, 'one.txt'))).mode & 0o777).toBe(0o666);
    expect((await stat(join(folder, 'big.bin'))).mode & 0o777).toBe(0o600);
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect((await readdir(folder)).sort()).toEqual(['big.bin', 'one.txt', 'source']);
  });

  it('leaves the old file when an upload is cancelled or cannot be written', async () => {
    await writeFile(join(folder, 'kept'), 'old');
    const controller = new AbortController();
    const upload = target.upload([{ from: randomBytes(2_000_000), to: join(folder, 'kept'), mode: 0o644 }], {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(upload).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await readFile(join(folder, 'kept'), 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['kept']);
    const missing = { from: Buffer.from('x'), to: join(folder, 'no-folder', 'x'), mode: 0o644 };
    await expect(target.upload([missing])).rejects.toMatchObject({ code: 'UPLOAD_FAILED' });
    const gone = { from: { path: join(folder, 'nothing') }, to: join(folder, 'x'), mode: 0o644 };
    await expect(target.upload([gone])).rejects.toMatchObject({ code: 'SOURCE_MISSING' });
  });

  it('reads a file, and gives null for one that is not there', async () => {
    await writeFile(join(folder, 'a'), 'text');
    await mkdir(join(folder, 'd'));
    expect(Buffer.from((await target.readFile(join(folder, 'a'))) ?? []).toString()).toBe('text');
    expect(await target.readFile(join(folder, 'b'))).toBeNull();
    await expect(target.readFile(join(folder, 'd'))).rejects.toMatchObject({ code: 'EISDIR' });
    expect(await target.home()).toBe(folder);
  });
});

describe('connections from this computer', () => {
  it('reaches a listening port and says when nothing listens', async () => {
    const server = createServer((socket) => socket.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const stream = await target.connect('127.0.0.1', port);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe('hello');
    await new Promise((resolve) => server.close(resolve));
    await expect(target.connect('127.0.0.1', await freePort())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('a terminal on this computer', () => {
  it('is a real terminal of the size asked for, follows a new size, and gives the exit code', async () => {
    const terminal = await target.terminal({ columns: 71, rows: 17, argv: ['/bin/sh'] });
    const screen = watch(terminal);
    terminal.io.write('stty -echo; PS1=; test -t 0 && stty size\n');
    await screen.shows('17 71');
    terminal.resize(90, 30);
    terminal.io.write('until test "$(stty size)" = "30 90"; do sleep 0.02; done; echo "now $(stty size)"\n');
    await screen.shows('now 30 90');
    terminal.io.write('exit 5\n');
    expect(await terminal.exited).toEqual({ code: 5, signal: null });
  });

  it('passes Ctrl+C to the program, and ends with it when killed', async () => {
    const terminal = await target.terminal({ columns: 80, rows: 24, argv: ['/bin/sh'] });
    const screen = watch(terminal);
    terminal.io.write("trap 'echo caught-int' INT; stty -echo; echo ready-$((1 + 1))\n");
    await screen.shows('ready-2');
    terminal.io.write('\x03');
    await screen.shows('caught-int');
    terminal.kill();
    expect((await terminal.exited).code).not.toBe(0);
  });

  it('runs the program asked for, with its own words', async () => {
    const terminal = await target.terminal({ columns: 80, rows: 24, argv: ['printf', '%s|', 'a b', "it's"] });
    await watch(terminal).shows("a b|it's|");
    expect((await terminal.exited).code).toBe(0);
  });
});

describe('a terminal where there is no Python', () => {
  it('is made by script(1), and when that is missing too it says what to install', async () => {
    await mkdir(join(folder, 'bin'));
    const environment = { PATH: join(folder, 'bin') };
    const bare = new LocalTarget({ deviceId: 'practice', home: folder, environment });
    await expect(bare.terminal({ columns: 80, rows: 24, argv: ['stty', 'size'] })).rejects.toMatchObject({
      code: 'TERMINAL_UNAVAILABLE',
    });
    for (const program of ['script', 'sh', 'stty']) {
      const { stdout } = await target.exec({ argv: ['sh', '-c', 'command -v "$1"', 'sh', program] });
      await symlink(stdout.trim(), join(folder, 'bin', program));
    }
    const terminal = await bare.terminal({ columns: 71, rows: 17, argv: ['stty', 'size'] });
    await watch(terminal).shows('17 71');
    expect((await terminal.exited).code).toBe(0);
  });
});

function watch(terminal: TerminalProcess): { shows(text: string): Promise<void> } {
  let seen = '';
  let changed = (): void => undefined;
  terminal.io.on('data', (chunk: Buffer) => {
    seen += chunk.toString();
    changed();
  });
  return {
    shows: (text) =>
      new Promise((resolve) => {
        changed = () => seen.includes(text) && resolve();
        changed();
      }),
  };
}
