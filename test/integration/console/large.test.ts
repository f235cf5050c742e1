import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { exportParts } from '../../../src-main/console/index.ts';
import { run } from './support/peers.ts';
import { startSession, tcpClient } from './support/sessions.ts';

const MIB = 1024 * 1024;
const AMOUNT = 1024 * MIB;

/** Sends random bytes to the first client, and prints its port first and the SHA-256 of what it sent last. */
const SENDER = `
import hashlib, os, socket
server = socket.create_server(('127.0.0.1', 0))
print(server.getsockname()[1], flush=True)
client, _ = server.accept()
block = os.urandom(${MIB})
hash = hashlib.sha256()
for n in range(${AMOUNT / MIB}):
    part = n.to_bytes(8, 'big') + block[8:]
    hash.update(part)
    client.sendall(part)
client.close()
print(hash.hexdigest(), flush=True)`;

describe('a client that receives far more than it may hold', () => {
  it('keeps its memory flat and has every byte on the disk', async () => {
    const sender = run('python3', ['-c', SENDER]);
    await expect.poll(sender.output, { timeout: 15_000 }).toMatch(/^\d+\n/);
    const before = process.memoryUsage.rss();
    let peak = before;
    const port = Number.parseInt(sender.output(), 10);
    const session = await startSession(tcpClient(port));
    await expect
      .poll(
        () => {
          peak = Math.max(peak, process.memoryUsage.rss());
          return session.transcript.totals.receivedBytes;
        },
        { timeout: 180_000, interval: 20 },
      )
      .toBe(AMOUNT);
    await session.transcript.flushed();
    const hash = createHash('sha256');
    const what = { title: 'large', options: session.options, createdAt: 0, source: session.transcript };
    for await (const part of exportParts(what, 'raw-received', null, new AbortController().signal)) {
      peak = Math.max(peak, process.memoryUsage.rss());
      hash.update(part);
    }
    await expect.poll(sender.output, { timeout: 60_000 }).toBe(`${port}\n${hash.digest('hex')}\n`);
    expect((peak - before) / MIB).toBeLessThan(150);
  }, 300_000);
});
