import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemCode } from '../../../src-main/errors/index.ts';

/** Whether this user may mount a disk of the test's own. */
export const mayMount = canMount();

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'pi-workbench-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}

/** A disk with little room that a test can fill. */
export class SmallDisk {
  readonly path: string;
  readonly #filler: string;

  /** Mounts it over an empty folder; `size` is as in `mount -o size=3m`. */
  constructor(path: string, size: string) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]);
    this.path = path;
    this.#filler = join(path, 'filler');
  }

  /** Takes all the room but so many bytes. */
  fill(roomLeft = 0): void {
    try {
      for (;;) appendFileSync(this.#filler, Buffer.alloc(4096));
    } catch (thrown) {
      if (systemCode(thrown) !== 'ENOSPC') throw thrown;
    }
    truncateSync(this.#filler, statSync(this.#filler).size - roomLeft);
  }

  /** Gives back the room that was taken. */
  makeRoom(): void {
    rmSync(this.#filler, { force: true });
  }

  unmount(): void {
    execFileSync('umount', [this.path]);
  }
}
