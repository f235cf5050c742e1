import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildIsStale } from '../../scripts/build-is-stale.mjs';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pi-workbench-start-'));
  // Stands in for the program that opens the person's browser, and notes the address it was given.
  await writeFile(join(folder, 'xdg-open'), `#!/bin/sh\necho "$1" >>'${folder}/opened'\n`, { mode: 0o755 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs `npm start` with these flags until it has printed its address, then ends it as a person does. */
async function start(...flags: readonly string[]): Promise<string> {
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...environment } = process.env;
  const child = spawn(process.execPath, ['scripts/start.mjs', ...flags, '--data-dir', join(folder, 'data')], {
    env: { ...environment, PATH: `${folder}:${environment['PATH'] ?? ''}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const printed = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (/http:\/\/127\.0\.0\.1:\d+\S*/.test(output)) resolve();
      });
    }
    child.once('exit', () => resolve());
  });
  await printed;
  if (child.exitCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
  return output;
}

/** As `npm test` leaves it: otherwise `npm start` would first install packages and build, beside the other tests. */
const ready =
  statSync('node_modules/.package-lock.json').mtimeMs >= statSync('package-lock.json').mtimeMs && !buildIsStale();

describe.runIf(process.platform === 'linux' && ready)('npm start', () => {
  test('where Electron cannot be used says so in one line and opens the app in the browser', async () => {
    const output = await start();
    expect(output.split('\n').filter((line) => line.includes('Electron'))).toEqual([
      'Electron finds no display, so the app opens in the browser instead.',
    ]);
    expect(output).toMatch(/http:\/\/127\.0\.0\.1:\d+/);
  });

  test('with --browser does not look for Electron', async () => {
    expect(await start('--browser', '--no-open')).not.toContain('Electron');
  });
});
