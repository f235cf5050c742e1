import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mayMount } from './small-disk.ts';

const NEEDED = ['/sbin/mkfs.ext4', '/sbin/fsfreeze', '/dev/loop-control'];

/** Whether this user may make a file a disk, and freeze it. */
export const mayStallDisks = mayMount && NEEDED.every((path) => existsSync(path));

/** A disk of the test's own that takes nothing for a while when told, as a memory card does that makes room for itself. */
export class StallingDisk {
  /** Where it is mounted. */
  readonly path: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, 'disk');
  }

  static async make(bytes: number): Promise<StallingDisk> {
    const disk = new StallingDisk(await mkdtemp(join(tmpdir(), 'pi-workbench-disk-')));
    const image = join(disk.#folder, 'image');
    await writeFile(image, '');
    await truncate(image, bytes);
    await mkdir(disk.path);
    execFileSync('/sbin/mkfs.ext4', ['-q', image]);
    execFileSync('mount', ['-o', 'loop', image, disk.path]);
    return disk;
  }

  /** Every write waits from now on, until what is returned is called; or until the test's process ends, whatever ended it. */
  async stall(): Promise<() => Promise<void>> {
    const script = '/sbin/fsfreeze --freeze "$0" && echo frozen && read -r _; /sbin/fsfreeze --unfreeze "$0"';
    const holder = spawn('sh', ['-c', script, this.path], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(holder, 'exit');
    await once(holder.stdout, 'data');
    return async () => {
      holder.stdin.end();
      await ended;
    };
  }

  async remove(): Promise<void> {
    execFileSync('umount', [this.path]);
    await rm(this.#folder, { recursive: true });
  }
}
