import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Page } from 'playwright-core';
import { Responder } from '../../integration/discovery/responder.ts';
import { startSshd } from '../../integration/support/sshd.ts';
import { freePort } from '../../integration/support/free-port.ts';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { openApp, openBrowser } from '../browser-page.ts';
import { seriesOf } from '../measure.ts';
import { nowMs } from '../programs.ts';

export const firstSeen: BenchCase = {
  name: 'discovery',
  title: 'First sight of a device',
  about:
    'From the moment a device answers, on the wire, until a frame with its row was painted by Chromium. By mDNS: a device announces itself to a page that listens. By a search of 127.0.0.0/24: from accepting the connection, with Debian’s sshd behind it, whose host key is read too, and with a server that says its banner and then takes its time, as a Pi Zero does. The bound is 300 ms.',
  async run(context) {
    const rounds = context.quick ? 5 : 30;
    const page = await openApp(context, await openBrowser(context));
    await page.evaluate(noteRows);
    const announced = await announcements(context, page, rounds);
    const searched = await searches(context, page, rounds);
    return {
      figures: [
        { what: 'mDNS announcement until its row', unit: 'ms', series: seriesOf('mDNS', announced) },
        { what: 'search: sshd accepts until its row', unit: 'ms', series: seriesOf('sshd', searched.sshd) },
        { what: 'search: a slow server accepts until its row', unit: 'ms', series: seriesOf('slow', searched.slow) },
      ],
    };
  },
};

/** In the page: notes when a frame with a row of each title was painted first. */
function noteRows(): void {
  const seen: Record<string, number> = {};
  Object.assign(window, { seenAt: seen });
  const note = (): void => {
    for (const { textContent: title } of document.querySelectorAll('h4')) {
      if (title === null || title in seen) continue;
      seen[title] = Number.NaN;
      // The next task after a frame's callbacks comes when it was painted.
      requestAnimationFrame(() => setTimeout(() => (seen[title] = performance.timeOrigin + performance.now())));
    }
  };
  new MutationObserver(note).observe(document.body, { childList: true, subtree: true, characterData: true });
}

async function seenAt(page: Page, title: string): Promise<number> {
  const handle = await page.waitForFunction((wanted) => {
    const { seenAt: seen } = window as unknown as { seenAt: Record<string, number> };
    return seen[wanted] || false;
  }, title);
  return Number(await handle.jsonValue());
}

/** Milliseconds from each announcement until its row. */
async function announcements(context: BenchContext, page: Page, rounds: number): Promise<readonly number[]> {
  const responder = await Responder.start(() => [], { port: 5353 });
  context.afterwards(() => responder.close());
  const times: number[] = [];
  for (let round = -1; round < rounds; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 150 + Math.random() * 200));
    const name = `bench-${round + 1}.local`;
    const sentAt = nowMs();
    responder.announce([{ type: 'A', name, ttl: 120, data: `127.0.0.${150 + round}` }]);
    const ms = (await seenAt(page, name)) - sentAt;
    if (round >= 0) times.push(ms);
  }
  return times;
}

/** Milliseconds from each accepted connection until its row; every round has new addresses and new host keys. */
async function searches(context: BenchContext, page: Page, rounds: number) {
  const sshd = await startSshd();
  context.afterwards(() => sshd.stop());
  const port = await freePort();
  await page.getByText('More options').click();
  await page.getByLabel('SSH port').fill(String(port));
  const times = { sshd: [] as number[], slow: [] as number[] };
  for (let round = -1; round < rounds; round += 1) {
    await sshd.reflash();
    const relay = await accepting(`127.0.0.${12 + round}`, port, (socket) => {
      const inner = connect(sshd.port, sshd.address).on('error', () => socket.destroy());
      socket.pipe(inner).pipe(socket);
    });
    const slow = await accepting(`127.0.0.${72 + round}`, port, (socket) =>
      socket.write('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'),
    );
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    const relayed = (await seenAt(page, relay.address)) - relay.acceptedAt();
    const slowed = (await seenAt(page, slow.address)) - slow.acceptedAt();
    if (round >= 0) {
      times.sshd.push(relayed);
      times.slow.push(slowed);
    }
    await page.getByRole('button', { name: 'Search', exact: true }).waitFor();
    await relay.close();
    await slow.close();
  }
  return times;
}

/** A server that notes when it accepted its first connection. */
async function accepting(address: string, port: number, serve: (socket: Socket) => unknown) {
  let acceptedAt = Number.NaN;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    if (Number.isNaN(acceptedAt)) acceptedAt = nowMs();
    sockets.add(socket.on('error', () => socket.destroy()));
    serve(socket);
  });
  server.listen(port, address);
  await once(server, 'listening');
  return {
    address,
    acceptedAt: () => acceptedAt,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
