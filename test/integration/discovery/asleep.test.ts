import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { machine, Responder } from './responder.ts';
import { Watcher } from './watcher.ts';

const PATIENTLY = { timeout: 30_000 };

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
  const watcher = await Watcher.start({ networks: ['127.0.0.0/24'], mdnsPort: responder.port });
  onTestFinished(() => watcher.stop());
  watcher.start({ networks: ['127.0.0.0/24'], sshPort });
  const now = () => ({
    names: watcher.devices.map(({ title }) => title),
    search: watcher.search?.phase,
    warnings: watcher.search?.warnings ?? [],
    mdns: watcher.mdns,
  });

  await expect
    .poll(now, PATIENTLY)
    .toMatchObject({ names: expect.arrayContaining(['lab.local', '127.0.0.52']), search: 'running' });
  const askedFrom = [...responder.askedFrom];
  expect(now()).toMatchObject({ warnings: [], mdns: '' });

  // Stopped, it runs no timer and takes no packet, as in a suspended computer.
  watcher.signal('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 3500));
  watcher.signal('SIGCONT');
  const begunAgain = expect.stringMatching(
    /^This computer slept for \d+ s during the search, so it was begun again\.$/,
  );

  await expect.poll(() => now().warnings, PATIENTLY).toEqual([begunAgain]);
  await expect
    .poll(() => now().mdns, PATIENTLY)
    .toMatch(/^This computer slept for \d+ s: everything is asked again\.$/);
  await expect
    .poll(() => [...responder.askedFrom].filter((port) => !askedFrom.includes(port)), PATIENTLY)
    .not.toEqual([]);
  await expect.poll(now, PATIENTLY).toMatchObject({
    names: expect.arrayContaining(['lab.local', '127.0.0.52']),
    search: 'done',
    warnings: [begunAgain],
  });
});
