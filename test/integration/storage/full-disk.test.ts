import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeAtomically } from '../../../src-main/storage/index.ts';

const maySetUpADisk = process.platform === 'linux' && process.getuid?.() === 0;

describe.runIf(maySetUpADisk)('a file written on a disk that is full', () => {
  let disk: string;

  beforeAll(async () => {
    disk = await mkdtemp(join(tmpdir(), 'pi-workbench-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
  });
  afterAll(async () => {
    execFileSync('umount', [disk]);
    await rm(disk, { recursive: true });
  });

  it('is refused in words, the old one stays, and it works again once there is room', async () => {
    const path = join(disk, 'settings.json');
    await writeAtomically(path, 'old');
    await expect(writeAtomically(path, Buffer.alloc(128 * 1024))).rejects.toMatchObject({
      code: 'DISK_FULL',
      message: 'There is no room on this computer to keep this.',
      hint: expect.stringContaining(disk) as string,
    });
    expect(await readdir(disk)).toEqual(['settings.json']);
    expect(await readFile(path, 'utf8')).toBe('old');
    await writeAtomically(path, 'new');
    expect(await readFile(path, 'utf8')).toBe('new');
  });

  it('is refused in words where the disk can only be read', async () => {
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    const refused = writeAtomically(join(disk, 'settings.json'), 'newer');
    await expect(refused.finally(() => execFileSync('mount', ['-o', 'remount,rw', disk]))).rejects.toMatchObject({
      code: 'NOT_WRITABLE',
      message: `${disk} cannot be written: its disk can only be read.`,
    });
  });

  it('is refused with what the system says when it is something else', async () => {
    await writeFile(join(disk, 'file'), '');
    await expect(writeAtomically(join(disk, 'file', 'below.json'), 'x')).rejects.toMatchObject({ code: 'EEXIST' });
  });
});
