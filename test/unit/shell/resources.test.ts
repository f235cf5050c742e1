import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findResources, outDirOf } from '../../../src-main/app/start/resources.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'resources-'));
});
afterEach(() => rm(dir, { recursive: true }));

test('code in a chunk of its own finds the same folder', () => {
  expect(outDirOf(join(dir, 'out', 'main'))).toBe(join(dir, 'out'));
  expect(outDirOf(join(dir, 'out', 'main', 'chunks'))).toBe(join(dir, 'out'));
});

test('a packaged app finds the agent, the runtimes and the licences beside its archive', async () => {
  const beside = join(dir, 'resources');
  await mkdir(join(beside, 'agent'), { recursive: true });
  await writeFile(join(beside, 'agent', 'led-agent.cjs'), '');
  expect(findResources(join(beside, 'app.asar', 'out'), beside)).toEqual({
    rendererDir: join(beside, 'app.asar', 'out', 'renderer'),
    agentFile: join(beside, 'agent', 'led-agent.cjs'),
    runtimeDir: join(beside, 'runtimes'),
    licencesFile: join(beside, 'THIRD-PARTY-LICENCES.txt'),
  });
});

test('an app that runs from its sources finds them in the project, whatever Electron’s own folder is', () => {
  const expected = {
    rendererDir: join(dir, 'out', 'renderer'),
    agentFile: join(dir, 'pi-agent', 'dist', 'led-agent.cjs'),
    licencesFile: join(dir, 'out', 'THIRD-PARTY-LICENCES.txt'),
  };
  expect(findResources(join(dir, 'out'), join(dir, 'node_modules', 'electron'))).toMatchObject(expected);
  expect(findResources(join(dir, 'out'), undefined)).toMatchObject(expected);
});
