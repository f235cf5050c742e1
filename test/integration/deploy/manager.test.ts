import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, open, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const MANAGER = join(import.meta.dirname, '../../../src-main/deploy/manager/led-manager.cjs');
/** No process has it: it is more than Linux and macOS give out. */
const NOBODY = 99_999_999;

/** The program that works on the device, as a process of this computer. */
class Manager {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #replies: AsyncIterator<string>;

  constructor(folder: string) {
    this.#child = spawn(process.execPath, [MANAGER, 'session', folder]);
    this.#child.stdin.on('error', () => undefined);
    this.#replies = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async ask(command: string, args: Record<string, unknown> = {}): Promise<unknown> {
    this.write(`${JSON.stringify({ number: 1, command, ...args })}\n`);
    for (;;) {
      const { value } = (await this.#replies.next()) as { value?: string };
      if (value === undefined) throw new Error('The program ended.');
      const reply = JSON.parse(value) as { done?: unknown; failed?: unknown };
      if (reply.done !== undefined || reply.failed !== undefined) return reply.done ?? reply;
    }
  }

  write(text: string): void {
    this.#child.stdin.write(text);
  }

  kill(signal: NodeJS.Signals): Promise<unknown> {
    const ended = this.ended;
    this.#child.kill(signal);
    return ended;
  }

  /** Ends its input, as the connection does that breaks. */
  hangUp(): Promise<unknown> {
    const ended = this.ended;
    this.#child.stdin.end();
    return ended;
  }

  private get ended(): Promise<unknown> {
    return this.#child.exitCode === null && this.#child.signalCode === null
      ? once(this.#child, 'exit')
      : Promise.resolve();
  }
}

let folder: string;
let managers: Manager[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pi-workbench-manager-'));
  managers = [];
});
afterEach(async () => {
  await Promise.all(managers.map((manager) => manager.kill('SIGKILL')));
  await rm(folder, { recursive: true, force: true });
});

function start(): Manager {
  const manager = new Manager(folder);
  managers.push(manager);
  return manager;
}

async function leaveLock(pid: number): Promise<void> {
  await mkdir(join(folder, 'lock'));
  await writeFile(join(folder, 'lock', 'owner.json'), JSON.stringify({ pid, boot: '', since: 1, by: 'ghost@lab' }));
}

describe('the lock of a folder', () => {
  test('of a session that is gone is taken over by exactly one of eight that wait for it', async () => {
    for (let round = 0; round < 3; round += 1) {
      const waiting = Array.from({ length: 8 }, start);
      await leaveLock(NOBODY);
      await Promise.all(
        waiting.map(async (manager) => {
          await manager.ask('lock', { by: 'ana@lab' });
          const inside = await open(join(folder, 'inside'), 'wx');
          await inside.close();
          await rm(join(folder, 'inside'));
          await manager.hangUp();
        }),
      );
      expect(await readdir(folder)).toEqual([]);
    }
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('is given free by a session that gets %s', async (signal) => {
    const manager = start();
    await manager.ask('lock', { by: 'ana@lab' });
    expect(await readdir(folder)).toEqual(['lock']);
    await manager.kill(signal);
    expect(await readdir(folder)).toEqual([]);
  });

  test('is given free by a session whose last command was cut in the middle', async () => {
    const manager = start();
    await manager.ask('lock', { by: 'ana@lab' });
    manager.write('{"number":2,"command":"comm');
    await manager.hangUp();
    expect(await readdir(folder)).toEqual([]);
  });

  test('is not waited for by a session whose app is gone', async () => {
    const holder = start();
    await holder.ask('lock', { by: 'ana@lab' });
    const waiting = start();
    const answer = waiting.ask('lock', { by: 'ben@lab' });
    await waiting.hangUp();
    expect(await answer).toMatchObject({ failed: { message: 'nobody waits for the lock any more' } });
    expect(await readdir(folder)).toEqual(['lock']);
  });
});

describe('what killed programs left', () => {
  test('half written is swept away under the next lock, and what living ones are writing is not', async () => {
    await mkdir(join(folder, 'run'));
    await mkdir(join(folder, `lock.${NOBODY}.part`));
    const names = ['current', 'previous', 'token', 'made', 'run/supervisor.json', 'run/trial.json'];
    for (const name of names) await writeFile(join(folder, `${name}.${NOBODY}.part`), '');
    const other = start();
    await other.ask('lock', { by: 'ana@lab' });
    await other.hangUp();
    expect(await readdir(folder)).toEqual(['run']);
    expect(await readdir(join(folder, 'run'))).toEqual([]);
  });

  test('of a Node that was being sent is removed, but not one that another deployment sends now', async () => {
    const runtimes = ['old.part', 'old', 'sending.part', 'unpacking.part', 'new'].map((name) =>
      join(folder, 'runtimes', name),
    );
    for (const runtime of runtimes) {
      await mkdir(join(runtime, 'bin'), { recursive: true });
      for (const name of ['node.gz', 'bin/node', '.']) await utimes(join(runtime, name), 1, 1).catch(() => undefined);
    }
    await writeFile(join(folder, 'runtimes', 'sending.part', 'node.gz'), '');
    await writeFile(join(folder, 'runtimes', 'unpacking.part', 'bin', 'node'), '');
    await utimes(join(folder, 'runtimes', 'new'), new Date(), new Date());
    for (const name of ['sending.part', 'unpacking.part']) await utimes(join(folder, 'runtimes', name), 1, 1);
    await mkdir(join(folder, 'releases', '1'), { recursive: true });
    const manager = start();
    await manager.ask('lock', { by: 'ana@lab' });
    expect(await manager.ask('switch', { id: '1' })).toEqual({});
    expect(await readdir(join(folder, 'runtimes'))).toEqual(['new', 'sending.part', 'unpacking.part']);
  });
});

test('the files of a release that is not put in place go with the session that received them', async () => {
  const manager = start();
  await manager.ask('lock', { by: 'ana@lab' });
  const { incoming } = (await manager.ask('begin', { id: '1', files: [] })) as { incoming: string };
  expect(existsSync(incoming)).toBe(true);
  await manager.hangUp();
  expect(await readdir(join(folder, 'incoming'))).toEqual([]);
});

describe('the trial of a release that is the current one already, and does not run', () => {
  beforeEach(async () => {
    const place = join(folder, 'releases', '1');
    await mkdir(place, { recursive: true });
    const release = { id: '1', args: [], runtime: { node: process.execPath }, settings: { ledPort: 1, echoPort: 2 } };
    await writeFile(join(place, 'release.json'), JSON.stringify(release));
    await copyFile(MANAGER, join(place, 'led-manager.cjs'));
    await writeFile(join(place, 'led-agent.cjs'), 'setInterval(() => undefined, 1000);');
    await symlink(join('releases', '1'), join(folder, 'current'));
  });
  afterEach(async () => {
    const pid = await supervisorPid();
    if (pid !== null) process.kill(pid, 'SIGTERM');
    await expect.poll(supervisorPid).toBeNull();
  });

  /** Of the supervisor that runs; it takes the note away as it ends. */
  async function supervisorPid(): Promise<number | null> {
    const text = await readFile(join(folder, 'run', 'supervisor.json'), 'utf8').catch(() => null);
    return text === null ? null : (JSON.parse(text) as { pid: number }).pid;
  }

  async function begin(): Promise<Manager> {
    const manager = start();
    await manager.ask('lock', { by: 'ana@lab' });
    expect(await manager.ask('start-plain', { id: '1', before: null })).toEqual({});
    expect(await supervisorPid()).not.toBeNull();
    return manager;
  }

  test.each([
    ['is undone by a session that is told so', (manager: Manager) => manager.ask('restore')],
    ['is undone by a session whose connection breaks', (manager: Manager) => manager.hangUp()],
    [
      'is undone by the session after one that was killed',
      async (manager: Manager) => {
        await manager.kill('SIGKILL');
        await start().ask('lock', { by: 'ben@lab' });
      },
    ],
  ])('%s', async (_name, end) => {
    await end(await begin());
    expect(existsSync(join(folder, 'run'))).toBe(false);
  });

  test('leaves it running once it was made the current one again', async () => {
    const manager = await begin();
    const pid = await supervisorPid();
    expect(await manager.ask('switch', { id: '1' })).toEqual({});
    await manager.hangUp();
    const next = start();
    await next.ask('lock', { by: 'ben@lab' });
    await next.hangUp();
    expect(await supervisorPid()).toBe(pid);
  });
});
