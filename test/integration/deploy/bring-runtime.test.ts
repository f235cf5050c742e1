import { execFileSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bringRuntime } from '../../../src-main/deploy/runtime/bring-runtime.ts';
import { PINNED_RUNTIMES, runtimeName } from '../../../src-main/deploy/runtime/pinned.ts';
import type { Target } from '../../../src-main/target/target.ts';
import { connectTarget } from '../support/ssh-target.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';
import { flushesIn, NOTING_PROGRAMS } from './flushes.ts';

const maySetUpADisk = process.platform === 'linux' && process.getuid?.() === 0;

let sshd: Sshd;
let target: Target;
beforeAll(async () => {
  sshd = await startSshd({ programs: NOTING_PROGRAMS });
  target = await connectTarget(sshd);
  await target.exec({ argv: ['touch', join(sshd.home, 'flushes')] });
});
afterAll(async () => {
  await target.dispose();
  await sshd.stop();
});

/** Brings a program to a folder of its own in `place`. */
async function bring(program: Uint8Array, place: string): Promise<void> {
  const packed = gzipSync(program);
  const path = join(sshd.folder, 'node.gz');
  await writeFile(path, packed);
  await bringRuntime({
    target,
    folder: join(place, 'share', 'pi-workbench'),
    runtime: PINNED_RUNTIMES['linux-x64'],
    stored: { path, bytes: packed.length },
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
}

describe('a Node that is brought', () => {
  it('is on the disk before it gets its name', async () => {
    const folder = join(sshd.home, 'share', 'pi-workbench');
    await bring(Buffer.from('#!/bin/sh\n'), sshd.home);
    const name = runtimeName(PINNED_RUNTIMES['linux-x64']);
    const part = `~/runtimes/${name}.part`;
    expect(await flushesIn(sshd.home, folder)).toEqual([
      `flush ${part}/node.gz.part`,
      `move ${part}/node.gz.part ${part}/node.gz`,
      `flush ${part}`,
      `flush ${part}/bin/node`,
      `flush ${part}/bin`,
      `flush ${part}`,
      `move ${part} ~/runtimes/${name}`,
      'flush ~/runtimes',
    ]);
    await target.exec({ argv: ['rm', '-r', join(sshd.home, 'share')] });
  });

  it('and does not run is taken away again, with the folders made for it', async () => {
    const before = await readdir(sshd.home);
    await expect(bring(Buffer.from('#!/bin/sh\nexit 3\n'), sshd.home)).rejects.toMatchObject({
      code: 'RUNTIME_FAILED',
      hint: expect.stringContaining('apt install nodejs'),
    });
    expect(await readdir(sshd.home)).toEqual(before);
  });

  it('leaves the folders that are not noted as made for it, as when the disk was full as the note was written', async () => {
    const mine = join(sshd.home, 'mine');
    const folder = join(mine, 'share', 'pi-workbench');
    await target.exec({ argv: ['/bin/sh', '-c', 'mkdir -p "$1" && : >"$1/made"', 'sh', folder] });
    await expect(bring(Buffer.from('#!/bin/sh\nexit 3\n'), mine)).rejects.toMatchObject({ code: 'RUNTIME_FAILED' });
    expect(await readdir(mine, { recursive: true })).toEqual(['share', join('share', 'pi-workbench')]);
  });

  it.runIf(maySetUpADisk)(
    'to a disk that it fills is told as that, and taken away again (vscode-remote#7206)',
    async () => {
      const disk = join(sshd.home, 'disk');
      await mkdir(disk);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=777', 'tmpfs', disk]);
      try {
        await expect(bring(Buffer.alloc(5_000_000), disk)).rejects.toMatchObject({
          code: 'DISK_FULL',
          message: expect.stringContaining('180.0 MB needed'),
        });
        expect(await readdir(disk)).toEqual([]);
      } finally {
        execFileSync('umount', ['-l', disk]);
      }
    },
  );
});
