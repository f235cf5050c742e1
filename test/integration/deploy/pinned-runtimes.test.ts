import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { LOWEST_GLIBC, PINNED_RUNTIMES } from '../../../src-main/deploy/runtime/pinned.ts';
import { RuntimeStore } from '../../../src-main/deploy/runtime/runtime-store.ts';
import { RUNTIME_CACHE } from './world.ts';

const store = new RuntimeStore({ carriedDir: join(RUNTIME_CACHE, 'none'), cacheDir: RUNTIME_CACHE });

/** ELF's `EI_CLASS` and `e_machine` (elf(5)). */
test.each([
  ['linux-arm64', 2, 0xb7],
  ['linux-armv7l', 1, 0x28],
  ['linux-x64', 2, 0x3e],
] as const)(
  'the Node for %s can be fetched, is for that processor, of the version named, and content with an old glibc',
  { timeout: 300_000 },
  async (arch, elfClass, machine) => {
    const pinned = PINNED_RUNTIMES[arch];
    const { path } = await store.get(pinned, new AbortController().signal);
    const node = gunzipSync(await readFile(path));
    expect(node.subarray(0, 4).toString('latin1')).toBe('\x7fELF');
    expect({ elfClass: node[4], machine: node.readUInt16LE(18) }).toEqual({ elfClass, machine });
    expect(node.includes(`node-v${pinned.version}`)).toBe(true);
    const wanted = [...node.toString('latin1').matchAll(/GLIBC_(\d+)\.(\d+)/g)].map(([, a, b]) => [
      Number(a),
      Number(b),
    ]);
    const [major = 0, minor = 0] = wanted.sort(([a = 0, b = 0], [c = 0, d = 0]) => c - a || d - b)[0] ?? [];
    expect(major * 100 + minor).toBeGreaterThan(0);
    expect(major * 100 + minor).toBeLessThanOrEqual(LOWEST_GLIBC[0] * 100 + LOWEST_GLIBC[1]);
  },
);
