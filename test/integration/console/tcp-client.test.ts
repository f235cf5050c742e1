import { createHash, randomBytes } from 'node:crypto';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeDetails, readEntries, readHeads, type Problem, type Session } from '../../../src-main/console/index.ts';
import { AppError } from '../../../src-main/errors/index.ts';
import { dropEverything, run, serve } from './support/peers.ts';
import { freePort } from '../support/free-port.ts';
import { lines, sleep, startSession, streamBytes, tcpClient, temporaryFolder } from './support/sessions.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

async function problemOf(session: Session): Promise<Problem | undefined> {
  await session.transcript.flushed();
  const entries = await readEntries(session.transcript, await readHeads(session.transcript, 0, 1000), 1 << 16);
  const details = entries.map((entry) => decodeDetails(entry));
  return details.find((detail) => detail?.kind === 'error') as Problem | undefined;
}

describe('a TCP client', () => {
  it('shows each chunk that a Python server sends and what it sent itself', async () => {
    const port = await freePort();
    const script = `
import socket
s = socket.create_server(('127.0.0.1', ${port}))
print('ready', flush=True)
c, _ = s.accept()
assert c.recv(1024) == b'ON'
c.sendall(b'OK ON\\n')
print(c.recv(1024), flush=True)
c.close()`;
    const python = run('python3', ['-c', script]);
    await expect.poll(python.output).toContain('ready');
    const session = await startSession(tcpClient(port));
    session.send(text('ON'), 'all');
    await expect.poll(() => lines(session.transcript)).toContain('< OK ON\n');
    session.send(text('bye\r\n'), 'all');
    await expect.poll(python.output).toContain(`b'bye\\r\\n'`);
    await expect
      .poll(() => lines(session.transcript))
      .toEqual(['connect sent', '> ON', '< OK ON\n', '> bye\r\n', 'half-close received']);
    expect(session.connections).toMatchObject([{ state: 'peer-ended', sentBytes: 7, receivedBytes: 6 }]);
    await session.stop();
    await expect.poll(() => session.state.kind).toBe('closed');
    expect((await lines(session.transcript)).at(-1)).toBe('close us');
  });

  it('speaks with nc', async () => {
    const port = await freePort();
    const nc = run('nc', ['-l', '127.0.0.1', String(port)]);
    await sleep(100);
    const session = await startSession(tcpClient(port));
    nc.stdin.write('hello\n');
    await expect.poll(() => lines(session.transcript)).toContain('< hello\n');
    session.send(text('grün\n'), 'all');
    await expect.poll(() => Buffer.from(nc.output(), 'latin1').toString()).toBe('grün\n');
  });

  it('keeps one connection open over several exchanges', async () => {
    const server = await serve((socket) => socket.pipe(socket));
    const session = await startSession(tcpClient(server.port));
    for (const word of ['one', 'two', 'three']) {
      session.send(text(word), 'all');
      await expect.poll(() => lines(session.transcript)).toContain(`< ${word}`);
      await sleep(700);
    }
    expect(server.accepted).toHaveLength(1);
    expect(session.connections).toMatchObject([{ state: 'open' }]);
  });

  it('cuts nothing from a reply of 1 MiB', async () => {
    const reply = randomBytes(1_048_576);
    const server = await serve((socket) => socket.end(reply));
    const session = await startSession(tcpClient(server.port));
    await expect.poll(() => session.connections[0]?.state).toBe('peer-ended');
    const received = await streamBytes(session.transcript, 'received');
    expect(received.length).toBe(1_048_576);
    expect(createHash('sha256').update(received).digest('hex')).toBe(createHash('sha256').update(reply).digest('hex'));
  });

  it('takes no more with one recv than it was told', async () => {
    const server = await serve((socket) => socket.end('0123456789'));
    const session = await startSession(tcpClient(server.port, { receiveSize: 4 }));
    await expect.poll(() => session.connections[0]?.state).toBe('peer-ended');
    expect((await lines(session.transcript)).filter((line) => line.startsWith('<'))).toEqual([
      '< 0123',
      '< 4567',
      '< 89',
    ]);
  });

  it('shows a reply in full that comes long after it ended its own side', async () => {
    const server = await serve((socket) => {
      socket.on('data', () => undefined);
      socket.on('end', () => setTimeout(() => socket.end('PONG, late but whole'), 500));
    });
    const session = await startSession(tcpClient(server.port));
    session.send(text('PING'), 'all');
    session.endSending('all');
    await expect
      .poll(() => lines(session.transcript))
      .toEqual([
        'connect sent',
        '> PING',
        'half-close sent',
        '< PONG, late but whole',
        'half-close received',
        'close peer',
      ]);
    expect(() => session.send(text('more'), 'all')).toThrow(
      expect.objectContaining({ code: 'NOT_CONNECTED' }) as Error,
    );
  });

  it('sends a file as it is', async () => {
    const content = randomBytes(3_000_001);
    const path = join(await temporaryFolder(), 'file.bin');
    await writeFile(path, content);
    const got: Buffer[] = [];
    const server = await serve((socket) => socket.on('data', (chunk: Buffer) => got.push(chunk)));
    const session = await startSession(tcpClient(server.port));
    const reports: number[] = [];
    const onProgress = (sent: number): unknown => reports.push(sent);
    const sent = await session.sendFile('all', { path, signal: new AbortController().signal, onProgress });
    await expect.poll(() => Buffer.concat(got).length).toBe(content.length);
    expect([sent, reports.at(-1), Buffer.concat(got).equals(content)]).toEqual([content.length, content.length, true]);
    expect((await streamBytes(session.transcript, 'sent')).equals(content)).toBe(true);
  });

  it('stops sending a file when it is told to, also while the peer reads nothing', async () => {
    const path = join(await temporaryFolder(), 'large');
    await writeFile(path, '');
    await truncate(path, 64 * 1024 * 1024);
    const server = await serve((socket) => socket.pause());
    const session = await startSession(tcpClient(server.port));
    const abort = new AbortController();
    const sending = session.sendFile('all', { path, signal: abort.signal, onProgress: () => undefined });
    const sentBytes = (): number => session.transcript.totals.sentBytes;
    let before = -1;
    const still = (): boolean => {
      const same = before > 0 && sentBytes() === before;
      before = sentBytes();
      return same;
    };
    await expect.poll(still, { interval: 200, timeout: 10_000 }).toBe(true);
    expect(sentBytes()).toBeLessThan(64 * 1024 * 1024);
    abort.abort(new AppError('CANCELLED', 'Stopped.'));
    await expect(sending).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(session.connections[0]?.state).toBe('open');
  });

  it('says which file cannot be sent and why', async () => {
    const server = await serve(() => undefined);
    const session = await startSession(tcpClient(server.port));
    const options = { signal: new AbortController().signal, onProgress: () => undefined };
    await expect(session.sendFile('all', { ...options, path: '/no/such/file' })).rejects.toMatchObject({
      code: 'FILE_NOT_READABLE',
      hint: 'There is no such file. Check the path.',
    });
    await expect(session.sendFile('all', { ...options, path: '/tmp' })).rejects.toMatchObject({
      message: '/tmp is not a file.',
    });
  });

  it('tells of a reset as an entry', async () => {
    const server = await serve((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const session = await startSession(tcpClient(server.port));
    session.send(text('x'), 'all');
    await expect
      .poll(() => lines(session.transcript))
      .toEqual(['connect sent', '> x', 'error ECONNRESET', 'close error']);
    expect(await problemOf(session)).toMatchObject({ python: 'ConnectionResetError', during: 'receive' });
  });
});

describe('a TCP client that cannot connect', () => {
  it('tells of a refused connection, and works when the server is there', async () => {
    const port = await freePort();
    const session = await startSession(tcpClient(port));
    expect(session.state).toMatchObject({ kind: 'failed' });
    expect(await problemOf(session)).toMatchObject({
      code: 'ECONNREFUSED',
      python: 'ConnectionRefusedError',
      pythonText: '[Errno 111] Connection refused',
      attempts: [{ address: '127.0.0.1', code: 'ECONNREFUSED' }],
    });
    await serve((socket) => socket.write('hi'), port);
    await session.start();
    await expect.poll(() => lines(session.transcript)).toEqual(['error ECONNREFUSED', 'connect sent', '< hi']);
  });

  it('tells of a name that is not known', async () => {
    const session = await startSession(tcpClient(80, { host: 'no-such-host.invalid' }));
    const problem = await problemOf(session);
    expect(problem?.python).toBe('socket.gaierror');
    expect(problem?.during).toBe('look-up');
  });

  it('gives up after the time it was given', async () => {
    const port = await freePort();
    await dropEverything('127.0.0.1', port);
    const session = await startSession(tcpClient(port, { connectTimeoutMs: 300 }));
    expect(await problemOf(session)).toMatchObject({ code: 'ETIMEDOUT', python: 'TimeoutError', during: 'connect' });
  });

  it('tries every address and tells the reason of each', async () => {
    const port = await freePort();
    const resolve = () =>
      Promise.resolve([
        { address: '::1', family: 6 },
        { address: '127.0.0.1', family: 4 },
        { address: '127.0.0.2', family: 4 },
      ]);
    const failed = await startSession(tcpClient(port, { host: 'pi.test' }), { resolve });
    expect((await problemOf(failed))?.attempts.map(({ address, code }) => [address, code])).toEqual([
      ['::1', 'ECONNREFUSED'],
      ['127.0.0.1', 'ECONNREFUSED'],
      ['127.0.0.2', 'ECONNREFUSED'],
    ]);
    await serve((socket) => socket.write('second'), port, '127.0.0.2');
    const connected = await startSession(tcpClient(port, { host: 'pi.test' }), { resolve });
    await expect.poll(() => lines(connected.transcript)).toContain('< second');
    expect((await lines(connected.transcript)).slice(0, 2)).toEqual([
      expect.stringMatching(/^note ::1 did not answer/),
      expect.stringMatching(/^note 127.0.0.1 did not answer/),
    ]);
    expect(connected.connections[0]?.remote.address).toBe('127.0.0.2');
  });

  it('does not wait long for a dead address when another one answers', async () => {
    const server = await serve((socket) => socket.write('alive'), 0, '127.0.0.1');
    await dropEverything('127.0.0.9', server.port);
    const resolve = () =>
      Promise.resolve([
        { address: '127.0.0.9', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]);
    const session = await startSession(tcpClient(server.port, { host: 'pi.test', connectTimeoutMs: 30_000 }), {
      resolve,
    });
    await expect.poll(() => lines(session.transcript)).toContain('< alive');
  });
});

describe('reconnecting', () => {
  it('tries a few times with growing pauses and connects when the server is back', async () => {
    const port = await freePort();
    // The back-off of 0.5 s to 10 s at a tenth, so that twelve seconds down are 1.2 s here.
    const session = await startSession(tcpClient(port, { reconnect: true }), { backoffScale: 0.1 });
    await sleep(1200);
    const failed = (await lines(session.transcript)).filter((line) => line === 'error ECONNREFUSED').length;
    expect(failed).toBeGreaterThanOrEqual(3);
    expect(failed).toBeLessThanOrEqual(8);
    await serve((socket) => socket.write('back'), port);
    await expect.poll(() => lines(session.transcript), { timeout: 5000 }).toContain('< back');
  });

  it('does not try again after it was stopped, and never sends anything by itself', async () => {
    const port = await freePort();
    const session = await startSession(tcpClient(port, { reconnect: true }), { backoffScale: 0.1 });
    await session.stop();
    const got: string[] = [];
    const server = await serve((socket) => socket.on('data', (chunk) => got.push(chunk.toString())), port);
    await sleep(600);
    expect([server.accepted.length, session.state.kind]).toEqual([0, 'closed']);
    expect((await lines(session.transcript)).at(-1)).toBe('note Stopped trying to connect.');
  });

  it('connects again when the server closes, and does not send what was sent before', async () => {
    const got: string[] = [];
    const server = await serve((socket) => {
      socket.on('data', (chunk: Buffer) => {
        got.push(chunk.toString());
        socket.end();
      });
    });
    const session = await startSession(tcpClient(server.port, { reconnect: true }), { backoffScale: 0.05 });
    session.send(text('ON'), 'all');
    await expect.poll(() => server.accepted.length).toBe(2);
    await expect.poll(() => session.state.kind).toBe('open');
    await sleep(100);
    expect(got).toEqual(['ON']);
    expect(session.connectionCount).toBe(2);
  });
});

describe('repeating', () => {
  it('sends as often as asked and stops on a disconnect', async () => {
    const server = await serve((socket) => {
      let count = 0;
      socket.on('data', () => {
        count += 1;
        if (count === 3) socket.destroy();
      });
    });
    const session = await startSession(tcpClient(server.port));
    session.startRepeat(text('tick'), 'all', { everyMs: 60, times: 10 });
    await expect.poll(() => session.repeat, { timeout: 5000 }).toBeNull();
    await sleep(200);
    const sent = (await lines(session.transcript)).filter((line) => line === '> tick').length;
    expect([3, 4]).toContain(sent);
    expect((await lines(session.transcript)).some((line) => line.startsWith('note Repeating stopped'))).toBe(true);
  });

  it('ends by itself after the last one', async () => {
    const server = await serve((socket) => socket.resume());
    const session = await startSession(tcpClient(server.port));
    session.startRepeat(text('tick'), 'all', { everyMs: 5, times: 4 });
    await expect.poll(() => session.repeat).toBeNull();
    expect((await lines(session.transcript)).filter((line) => line === '> tick')).toHaveLength(4);
  });
});

describe('a peer that no longer answers', () => {
  it('is shown as giving no answer within the time set, and as answering when it does again', async () => {
    let blackHole = true;
    const server = await serve((socket) => {
      socket.on('data', () => {
        if (!blackHole) socket.write('OK PONG\n');
      });
    });
    const payload = { format: 'text', text: 'PING', encoding: 'utf-8', lineEnding: 'none' } as const;
    const heartbeat = { payload, everyMs: 50, answerWithinMs: 120 };
    const session = await startSession(tcpClient(server.port, { heartbeat }));
    await expect.poll(() => session.connections[0]?.unanswered).toBe(true);
    expect(await lines(session.transcript)).toContain('note No answer to the heartbeat within 0.12 s.');
    blackHole = false;
    await expect.poll(() => session.connections[0]?.unanswered).toBe(false);
    await expect.poll(() => lines(session.transcript)).toContain('note It answers again.');
  });
});
