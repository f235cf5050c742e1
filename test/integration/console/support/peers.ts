import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import net from 'node:net';
import { expect } from 'vitest';
import { afterwards } from './sessions.ts';

/** A process that ends with the test. */
export function run(
  command: string,
  args: readonly string[],
): ChildProcessWithoutNullStreams & { output: () => string } {
  const child = spawn(command, args);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.on('error', () => undefined);
  const ended = new Promise((resolve) => child.once('close', resolve));
  afterwards(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return Object.assign(child, { output: () => Buffer.concat(chunks).toString('latin1') });
}

export interface TestServer {
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: net.Socket[];
  close(): Promise<void>;
}

/** A plain server of the test's own, half-open allowed. */
export async function serve(
  onConnection: (socket: net.Socket) => void,
  port = 0,
  host = '127.0.0.1',
): Promise<TestServer> {
  const accepted: net.Socket[] = [];
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closing ??= new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of accepted) socket.destroy();
    });
    return closing;
  };
  afterwards(close);
  return { port: (server.address() as net.AddressInfo).port, accepted, close };
}

/** A connection of the test's own. */
export async function connect(port: number, host = '127.0.0.1'): Promise<net.Socket & { received: () => string }> {
  const socket = net.connect({ port, host, allowHalfOpen: true });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  afterwards(() => socket.destroy());
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return Object.assign(socket, { received: () => Buffer.concat(chunks).toString('latin1') });
}

/** Makes an address drop every SYN, as a firewall or a machine without power would: its backlog stays full. */
export async function dropEverything(host: string, port: number): Promise<void> {
  const script = `
import socket, time
s = socket.socket(); s.bind(('${host}', ${port})); s.listen(0)
held = [socket.socket() for _ in range(4)]
for one in held:
    one.setblocking(False)
    one.connect_ex(('${host}', ${port}))
print('ready', flush=True)
time.sleep(60)`;
  const python = run('python3', ['-c', script]);
  await expect.poll(python.output).toContain('ready');
}
