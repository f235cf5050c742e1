import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { DEFAULT_ECHO_OPTIONS, EchoService, type EchoOptions } from '../../../src-main/echo/index.ts';
import { AppError } from '../../../src-main/errors/index.ts';
import { Signal } from '../../../src-main/events/index.ts';
import type { AgentEndpoint } from '../../../src-main/led/index.ts';
import type { Target } from '../../../src-main/target/target.ts';

/** A server of the test's own that may keep its side open; gives its port and the connections made so far. */
export async function serve(onConnection: (socket: Socket) => void): Promise<{ port: number; accepted: Socket[] }> {
  const accepted: Socket[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    accepted.push(socket);
    // The app closes as it likes; what that does to the test's own end is not looked at.
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of accepted) socket.destroy();
    await closed;
  });
  return { port: (server.address() as AddressInfo).port, accepted };
}

/** Calls `onMessage` with each whole message of `size` bytes and its number, however the network cut it. */
export function eachMessage(socket: Socket, size: number, onMessage: (message: Buffer, index: number) => void): void {
  let held = Buffer.alloc(0);
  let index = 0;
  socket.on('data', (chunk) => {
    held = Buffer.concat([held, chunk]);
    for (; held.length >= size; held = held.subarray(size)) {
      onMessage(held.subarray(0, size), index);
      index += 1;
    }
  });
  socket.on('end', () => socket.end());
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface World {
  readonly service: EchoService;
  /** Where its runs are kept. */
  readonly folder: string;
}

/** The echo service with a folder of its own, and devices of the test's choice. */
export async function world(
  devices: Readonly<Record<string, { target: Target; endpoint: AgentEndpoint | null }>> = {},
  connectTimeoutMs?: number,
): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'pi-workbench-echo-'));
  const service = new EchoService({
    folder,
    ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
    targets: {
      get: (id) => {
        const known = devices[id];
        if (!known) throw new AppError('NOT_SIGNED_IN', 'You are not signed in to this device.');
        return known.target;
      },
      find: (id) => devices[id]?.target,
      changes: new Signal(),
    },
    endpoints: { endpoint: (id) => Promise.resolve(devices[id]?.endpoint ?? null), changes: new Signal() },
  });
  onTestFinished(async () => {
    await service.dispose();
    await rm(folder, { recursive: true, force: true });
  });
  return { service, folder };
}

/** A short test against a port of this computer. */
export function optionsFor(port: number, changes: Partial<EchoOptions> = {}): EchoOptions {
  return {
    ...DEFAULT_ECHO_OPTIONS,
    host: '127.0.0.1',
    port,
    rounds: 20,
    intervalMs: 0,
    replyTimeoutMs: 300,
    ...changes,
  };
}
