import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { FoundList } from '../../../src-main/discovery/index.ts';
import { buildProgram, type Program } from '../support/program.ts';
import { machine, Responder } from './responder.ts';

let program: Program;
beforeAll(async () => {
  program = await buildProgram(join(import.meta.dirname, 'watch-loopback.ts'));
});
afterAll(() => program.dispose());

/** An address that accepts and keeps silent, so that a search of it lasts. */
async function tarPit(address: string): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on('error', () => undefined)));
  server.listen(0, address);
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const bound = server.address();
  return typeof bound === 'object' && bound ? bound.port : 0;
}

test('a computer that slept says so, opens its sockets anew, asks again and begins its search again', async () => {
  const responder = await Responder.start(machine('lab', '127.0.0.44'));
  onTestFinished(() => responder.close());
  const sshPort = await tarPit('127.0.0.52');
  const dataDir = await mkdtemp(join(tmpdir(), 'pi-workbench-asleep-'));
  const child = spawn(process.execPath, [program.file, dataDir, String(responder.port), String(sshPort)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
    await rm(dataDir, { recursive: true, force: true });
  });
  let list: FoundList | null = null;
  createInterface(child.stdout).on('line', (line) => {
    list = JSON.parse(line) as FoundList;
  });
  const now = () => ({
    names: list?.devices.map(({ title }) => title) ?? [],
    search: list?.search.phase,
    warnings: list?.search.warnings ?? [],
    mdns: list?.sources.find(({ source }) => source === 'mdns')?.reason,
  });

  await expect
    .poll(now)
    .toMatchObject({ names: expect.arrayContaining(['lab.local', '127.0.0.52']), search: 'running' });
  const askedFrom = [...responder.askedFrom];
  expect(now()).toMatchObject({ warnings: [], mdns: '' });

  // Stopped, it runs no timer and takes no packet, as in a suspended computer.
  child.kill('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 3500));
  child.kill('SIGCONT');
  const begunAgain = expect.stringMatching(
    /^This computer slept for \d+ s during the search, so it was begun again\.$/,
  );

  await expect.poll(() => now().warnings).toEqual([begunAgain]);
  await expect.poll(() => now().mdns).toMatch(/^This computer slept for \d+ s: everything is asked again\.$/);
  await expect.poll(() => [...responder.askedFrom].filter((port) => !askedFrom.includes(port))).not.toEqual([]);
  await expect.poll(now, { timeout: 20_000 }).toMatchObject({
    names: expect.arrayContaining(['lab.local', '127.0.0.52']),
    search: 'done',
    warnings: [begunAgain],
  });
});
