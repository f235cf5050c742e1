import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Page } from 'playwright-core';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { addressIn, connectTo, openApp, openBrowser } from '../browser-page.ts';
import { compare } from '../measure.ts';
import { nowMs, peerProgram, Running } from '../programs.ts';

export const keystroke: BenchCase = {
  name: 'keystroke',
  title: 'From a key stroke to the bytes on the wire',
  about:
    'Enter is pressed in the console’s input in headless Chromium until a server on loopback has the bytes: the key’s way through the browser is in it, and the transcript records what is sent. The peer is a bare page whose only script hands the key to a bare Node process by WebSocket, which writes it to the same server.',
  async run(context) {
    const wire = await listen(context);
    const browser = await openBrowser(context);
    const app = await openApp(context, browser);
    await connectTo(app, wire.port);
    await wire.connected();
    const input = app.getByLabel('What to send');
    await app.getByRole('group', { name: 'Format' }).getByText('Text', { exact: true }).click();
    const relay = new Running([peerProgram('key-relay'), String(wire.port)], context, addressIn);
    const bare = await browser.newPage();
    await bare.goto(await relay.next<string>());
    await wire.connected();
    const strokes = context.quick ? 20 : 60;
    const metrics = [
      { key: 'median', what: 'median', unit: 'ms', better: 'less' },
      { key: 'p95', what: '95th percentile', unit: 'ms', better: 'less' },
      { key: 'longest', what: 'longest', unit: 'ms', better: 'less' },
    ] as const;
    const comparisons = await compare({
      metrics,
      rounds: context.rounds,
      app: {
        name: 'console page',
        measure: async () => {
          await app.bringToFront();
          return timesOf(strokes, app, wire, async () => {
            await input.fill('ON');
            await app.getByRole('button', { name: 'Send', exact: true, disabled: false }).waitFor();
          });
        },
      },
      peers: [
        {
          name: 'bare page and relay',
          measure: async () => {
            await bare.bringToFront();
            return timesOf(strokes, bare, wire, () => bare.getByRole('textbox').fill('ON'));
          },
        },
      ],
    });
    return { comparisons };
  },
};

/** Presses Enter so many times and gives what lay between each and the arrival of its bytes. */
async function timesOf(strokes: number, page: Page, wire: Wire, prepare: () => Promise<void>) {
  const session = await page.context().newCDPSession(page);
  const times: number[] = [];
  for (let n = 0; n < strokes; n += 1) {
    await prepare();
    const arrival = wire.arrival();
    const pressedAt = nowMs();
    const key = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, text: '\r' };
    const pressed = session.send('Input.dispatchKeyEvent', { type: 'keyDown', ...key });
    times.push((await arrival) - pressedAt);
    await pressed;
    await session.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key });
  }
  await session.detach();
  times.sort((a, b) => a - b);
  return {
    median: times[times.length >> 1] ?? Number.NaN,
    p95: times[Math.floor(times.length * 0.95)] ?? Number.NaN,
    longest: times.at(-1) ?? Number.NaN,
  };
}

interface Wire {
  readonly port: number;
  /** The next connection. */
  connected(): Promise<void>;
  /** When the next bytes arrive, in milliseconds since 1970. */
  arrival(): Promise<number>;
}

async function listen(context: BenchContext): Promise<Wire> {
  let arrived: (at: number) => void = () => undefined;
  const sockets = new Set<Socket>();
  const waiting: (() => void)[] = [];
  let connections = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('data', () => arrived(nowMs()));
    socket.on('error', () => socket.destroy());
    connections += 1;
    waiting.shift()?.();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.afterwards(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    async connected() {
      if (connections === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      connections -= 1;
    },
    arrival: () => new Promise((resolve) => (arrived = resolve)),
  };
}
