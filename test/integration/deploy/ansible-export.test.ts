import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundleOf } from '../../../src-main/deploy/agent-bundle.ts';
import { exportForAnsible, type AnsibleExportOptions } from '../../../src-main/deploy/ansible/export.ts';
import { RuntimeStore } from '../../../src-main/deploy/runtime/runtime-store.ts';
import { DEFAULT_OPTIONS } from '../../../src-main/deploy/settings.ts';

const mayMount = process.platform === 'linux' && process.getuid?.() === 0;

let place: string;
let path: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'pi-workbench-ansible-'));
  path = join(place, 'class');
});
afterEach(() => rm(place, { recursive: true }));

function write(change: Partial<AnsibleExportOptions> = {}): Promise<void> {
  return exportForAnsible({
    path,
    overwrite: false,
    devices: [{ label: 'Desk', host: '192.168.1.44', port: 22, user: 'pi', keyPath: null }],
    options: DEFAULT_OPTIONS,
    architectures: [],
    bundle: bundleOf(Buffer.from('#!/usr/bin/env node\n// Pi Workbench LED agent 1.2.3\n')),
    runtimes: new RuntimeStore({ carriedDir: join(place, 'none'), cacheDir: join(place, 'none') }),
    who: 'ana@laptop',
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...change,
  });
}

const whoExported = async (): Promise<string> =>
  /agent_deployed_by: "(.*)"/.exec(await readFile(join(path, 'group_vars', 'pi_workbench.yml'), 'utf8'))?.[1] ?? '';

describe('an export that replaces another', () => {
  it('is whole and leaves nothing beside it, also where the path ends in a slash', async () => {
    await write();
    const names = await readdir(path, { recursive: true });
    await write({ path: `${path}${sep}`, overwrite: true, who: 'ben@desk' });
    expect(await whoExported()).toBe('ben@desk');
    expect(await readdir(path, { recursive: true })).toEqual(names);
    expect(await readdir(place)).toEqual(['class']);
  });

  it.runIf(mayMount)('is there though the one before it cannot be removed, which is told', async () => {
    await write();
    execFileSync('mount', ['--bind', join(path, 'files'), join(path, 'files')]);
    const failure: unknown = await write({ overwrite: true, who: 'ben@desk' }).catch((thrown: unknown) => thrown);
    const aside = (await readdir(place)).find((name) => name.endsWith('.old')) ?? 'class';
    execFileSync('umount', ['-l', join(place, aside, 'files')]);
    expect(await whoExported()).toBe('ben@desk');
    expect(failure).toMatchObject({ code: 'CANNOT_WRITE', hint: `Remove ${join(place, aside)} yourself.` });
  });
});

describe('an export that brings a Node along', () => {
  /** Where nothing answers, so that fetching fails. */
  const withNode = (change: Partial<AnsibleExportOptions> = {}): Promise<void> => {
    const cacheDir = join(place, 'none');
    const runtimes = new RuntimeStore({ carriedDir: cacheDir, cacheDir, registry: 'http://127.0.0.1:9/' });
    return write({ architectures: ['linux-arm64'], runtimes, ...change });
  };

  it('leaves nothing where that cannot be fetched', async () => {
    await expect(withNode()).rejects.toMatchObject({ code: 'RUNTIME_UNAVAILABLE' });
    expect(await readdir(place)).toEqual([]);
  });

  it('fetches it only when the folder can be written', async () => {
    await write();
    await expect(withNode()).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    await expect(withNode({ path: 'class' })).rejects.toMatchObject({ code: 'CANNOT_WRITE' });
    await writeFile(join(path, 'thesis.txt'), 'mine');
    await expect(withNode({ overwrite: true })).rejects.toMatchObject({
      code: 'CANNOT_WRITE',
      message: expect.stringContaining('thesis.txt'),
    });
  });
});
