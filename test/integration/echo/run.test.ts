import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { childTarget } from '../dns/child-target.ts';
import type { EchoOptions, EchoProgress, EchoReport } from '../../../src-main/echo/index.ts';
import { closedPort, eachMessage, optionsFor, serve, world } from './support.ts';

const echoBack = (socket: Socket): unknown => socket.pipe(socket);

async function runAgainst(
  onConnection: (socket: Socket) => unknown,
  changes: Partial<EchoOptions> = {},
): Promise<EchoReport> {
  const [{ port }, { service }] = await Promise.all([serve(onConnection), world()]);
  return service.run(optionsFor(port, changes));
}

describe('an honest echo server', () => {
  test.each<[string, Partial<EchoOptions>]>([
    ['single bytes', { size: 1, rounds: 50 }],
    ['small messages one by one', { size: 64, rounds: 50 }],
    ['many on the way at once', { size: 1400, rounds: 500, inFlight: 64 }],
    ['large messages, several on the way', { size: 65_536, rounds: 40, inFlight: 8 }],
    ['one message of 1 MiB', { size: 1_048_576, rounds: 1 }],
    ['random bytes', { size: 300, rounds: 50, pattern: 'random' }],
    ['text', { size: 80, rounds: 50, pattern: 'text', text: 'grün ' }],
    ['all sent before anything is read back', { size: 100, rounds: 50, ending: 'after-last-send', inFlight: 50 }],
  ])('gives everything back intact: %s', async (_what, changes) => {
    const report = await runAgainst(echoBack, { replyTimeoutMs: 10_000, ...changes });
    const { rounds, size } = report.options;
    expect(report).toMatchObject({ status: 'finished', problem: null, end: { peerClosed: true } });
    expect(report.counts).toEqual({
      sent: rounds,
      matched: rounds,
      lost: 0,
      corrupted: 0,
      reordered: 0,
      late: 0,
      unanswered: 0,
      extraBytes: 0,
    });
    const { min = 0, median = 0, p95 = 0, p99 = 0, max = 0 } = report.roundTrips ?? {};
    expect([0, min, median, p95, p99, max]).toEqual([0, min, median, p95, p99, max].sort((a, b) => a - b));
    expect(report.bytesPerSecond / report.messagesPerSecond).toBeCloseTo(size, 3);
    expect(report.overhead?.rounds).toBeGreaterThan(0);
    expect(report.remote).toBe(`127.0.0.1:${report.options.port}`);
  });

  test('is never sent more than the window allows', async () => {
    let most = 0;
    const report = await runAgainst(
      (socket) => {
        let waiting = Buffer.alloc(0);
        socket.on('data', (chunk) => {
          waiting = Buffer.concat([waiting, chunk]);
          most = Math.max(most, waiting.length);
          setTimeout(() => {
            socket.write(waiting);
            waiting = Buffer.alloc(0);
          }, 5);
        });
        socket.on('end', () => socket.end());
      },
      { size: 10, inFlight: 4, rounds: 40 },
    );
    expect(report.counts.matched).toBe(40);
    expect(most).toBe(40);
  });

  test('tells how the run goes while it goes', async () => {
    const { port } = await serve(echoBack);
    const { service } = await world();
    const seen: EchoProgress[] = [];
    const report = await service.run(optionsFor(port, { rounds: 30, intervalMs: 20 }), {
      onProgress: (progress) => seen.push(progress),
    });
    expect(report.counts.matched).toBe(30);
    expect([...new Set(seen.map(({ phase }) => phase))].slice(0, 3)).toEqual([
      'measuring-overhead',
      'connecting',
      'running',
    ]);
    const matched = seen.map(({ counts }) => counts.matched);
    expect(matched).toEqual([...matched].sort((a, b) => a - b));
    const midway = seen.find(({ counts }) => counts.matched > 0 && counts.matched < 30);
    expect(midway?.timeline.at.length).toBeGreaterThan(0);
    expect(midway?.roundTrips?.median).toBeGreaterThan(0);
  });
});

describe('a server that is not honest', () => {
  test('drops every fifth message: those are lost, the others match', async () => {
    const report = await runAgainst((socket) =>
      eachMessage(socket, 64, (message, index) => {
        if (index % 5 !== 4) socket.write(message);
      }),
    );
    expect(report.status).toBe('finished');
    expect(report.counts).toMatchObject({ sent: 20, matched: 16, lost: 4, corrupted: 0, unanswered: 0 });
    expect(report.timeline.failed.reduce((sum, count) => sum + count, 0)).toBe(4);
  });

  test('changes a byte in every fourth message: those are damaged', async () => {
    const report = await runAgainst(
      (socket) =>
        eachMessage(socket, 64, (message, index) => {
          const copy = Buffer.from(message);
          if (index % 4 === 1) copy[30] = (copy[30] ?? 0) ^ 1;
          socket.write(copy);
        }),
      { inFlight: 5 },
    );
    expect(report.counts).toMatchObject({ sent: 20, matched: 15, corrupted: 5, lost: 0 });
  });

  test('leaves a byte out: that message is damaged, and the next ones match again', async () => {
    const report = await runAgainst((socket) =>
      eachMessage(socket, 64, (message, index) => socket.write(index === 7 ? message.subarray(1) : message)),
    );
    expect(report.counts).toMatchObject({ sent: 20, matched: 19, corrupted: 1, lost: 0 });
  });

  test('swaps neighbours: all match, half of them out of order', async () => {
    const report = await runAgainst(
      (socket) => {
        let kept: Buffer | null = null;
        eachMessage(socket, 64, (message) => {
          if (kept === null) {
            kept = Buffer.from(message);
            return;
          }
          socket.write(Buffer.concat([message, kept]));
          kept = null;
        });
      },
      { inFlight: 2 },
    );
    expect(report.counts).toMatchObject({ sent: 20, matched: 20, reordered: 10, corrupted: 0, lost: 0 });
  });

  test('greets first: the greeting is told apart from the replies', async () => {
    const report = await runAgainst((socket) => {
      socket.write('220 welcome\r\n');
      echoBack(socket);
    });
    expect(report.counts).toMatchObject({ matched: 20, corrupted: 0, extraBytes: 13 });
  });

  test('never answers: everything is lost, in order, and nothing was awaited for ever', async () => {
    const report = await runAgainst((socket) => socket.resume(), { rounds: 5, replyTimeoutMs: 100 });
    expect(report).toMatchObject({ status: 'finished', roundTrips: null, histogram: null });
    expect(report.counts).toMatchObject({ sent: 5, matched: 0, lost: 5 });
  });

  test('answers late: that is neither lost nor on time', async () => {
    const report = await runAgainst(
      (socket) => eachMessage(socket, 64, (message) => setTimeout(() => socket.write(Buffer.from(message)), 180)),
      { rounds: 2, replyTimeoutMs: 100, inFlight: 2 },
    );
    expect(report.counts).toMatchObject({ matched: 2, late: 2, lost: 0 });
  });

  test('closes in the middle: a plain sentence, and what came before is kept', async () => {
    const report = await runAgainst((socket) =>
      eachMessage(socket, 64, (message, index) => {
        if (index < 6) socket.write(message);
        else socket.end();
      }),
    );
    expect(report).toMatchObject({
      status: 'failed',
      problem: { code: 'PEER_CLOSED', meaning: 'The other side closed the connection after 7 of 20 messages.' },
    });
    expect(report.counts).toMatchObject({ sent: 7, matched: 6, lost: 0, unanswered: 1 });
  });

  test('resets the connection: the system’s code and the Python exception', async () => {
    const report = await runAgainst((socket) =>
      eachMessage(socket, 64, (message, index) => {
        if (index < 3) socket.write(message);
        else socket.resetAndDestroy();
      }),
    );
    expect(report).toMatchObject({
      status: 'failed',
      problem: { code: 'ECONNRESET', python: 'ConnectionResetError' },
      counts: { matched: 3 },
    });
  });
});

describe('ending the sending side', () => {
  test('after the last message: a server that answers only then is waited for', async () => {
    const report = await runAgainst(
      (socket) => {
        const parts: Buffer[] = [];
        socket.on('data', (chunk) => parts.push(chunk));
        socket.on('end', () => setTimeout(() => socket.end(Buffer.concat(parts)), 500));
      },
      { rounds: 10, inFlight: 10, ending: 'after-last-send', replyTimeoutMs: 3000 },
    );
    expect(report).toMatchObject({ status: 'finished', end: { peerClosed: true } });
    expect(report.counts).toMatchObject({ sent: 10, matched: 10, lost: 0 });
    expect(report.end?.afterMs).toBeGreaterThanOrEqual(490);
  });

  test('a server that closes without having answered all has lost the rest', async () => {
    const report = await runAgainst(
      (socket) => {
        const parts: Buffer[] = [];
        socket.on('data', (chunk) => parts.push(chunk));
        socket.on('end', () => socket.end(Buffer.concat(parts).subarray(0, 64 * 7)));
      },
      { rounds: 10, inFlight: 10, ending: 'after-last-send', replyTimeoutMs: 3000 },
    );
    expect(report.counts).toMatchObject({ sent: 10, matched: 7, lost: 3 });
  });

  test('a server that does not close in turn is left after a while, and the report says so', async () => {
    const report = await runAgainst((socket) => socket.on('data', (chunk) => socket.write(chunk)));
    expect(report).toMatchObject({ status: 'finished', end: { peerClosed: false, afterMs: null } });
    expect(report.counts.matched).toBe(20);
  });
});

describe('a connection that is not made', () => {
  test('refused', async () => {
    const { service } = await world();
    const report = await service.run(optionsFor(await closedPort()));
    expect(report).toMatchObject({
      status: 'failed',
      problem: { code: 'ECONNREFUSED', python: 'ConnectionRefusedError' },
      counts: { sent: 0 },
    });
    expect(await service.store.list()).toEqual([]);
  });

  test('refused at each address of a name: each has its reason', async () => {
    const { service } = await world();
    const report = await service.run({ ...optionsFor(await closedPort()), host: 'localhost' });
    expect(report.problem?.code).toBe('ECONNREFUSED');
    for (const attempt of report.problem?.attempts ?? []) expect(attempt.code).toMatch(/^E/);
  });

  test('an unknown name', async () => {
    const { service } = await world();
    const report = await service.run({ ...optionsFor(1), host: 'no-such-host.invalid' });
    expect(report).toMatchObject({ status: 'failed', problem: { python: 'socket.gaierror' } });
  });

  test('no answer: a time-out in words, as the system would say it', async () => {
    const never = { ...childTarget(), connect: neverConnects };
    const { service } = await world({ pi: { target: never, endpoint: null } }, 100);
    const report = await service.run(optionsFor(7, { viaDeviceId: 'pi' }));
    expect(report).toMatchObject({ status: 'failed', problem: { code: 'ETIMEDOUT' } });
  });

  test('the limit for connecting has no power over a run that goes on', async () => {
    const { port } = await serve(echoBack);
    const { service } = await world({}, 150);
    const report = await service.run(optionsFor(port, { rounds: 20, intervalMs: 20 }));
    expect(report).toMatchObject({ status: 'finished', counts: { matched: 20 } });
  });
});

describe('stopping', () => {
  test('keeps what was measured, and calls nothing lost that had no time to come back', async () => {
    const { port } = await serve(echoBack);
    const { service } = await world();
    const stop = new AbortController();
    const report = await service.run(optionsFor(port, { rounds: 1_000_000 }), {
      signal: stop.signal,
      onProgress: ({ counts }) => {
        if (counts.matched > 10) stop.abort();
      },
    });
    expect(report).toMatchObject({ status: 'stopped', problem: null, counts: { lost: 0, corrupted: 0 } });
    expect(report.counts.matched).toBeGreaterThan(10);
    expect(report.counts.unanswered).toBeLessThanOrEqual(1);
    expect((await service.store.get(report.id)).counts).toEqual(report.counts);
  });

  test('while connecting is no failure', async () => {
    const stop = new AbortController();
    const never = { ...childTarget(), connect: neverConnects };
    const { service } = await world({ pi: { target: never, endpoint: null } });
    const report = await service.run(optionsFor(7, { viaDeviceId: 'pi' }), {
      signal: stop.signal,
      onProgress: ({ phase }) => {
        if (phase === 'connecting') setImmediate(() => stop.abort());
      },
    });
    expect(report).toMatchObject({ status: 'stopped', problem: null, counts: { sent: 0 } });
  });

  test('the service’s end stops its runs and waits for them', async () => {
    const { port, accepted } = await serve(echoBack);
    const { service } = await world();
    const running = service.run(optionsFor(port, { rounds: 1_000_000 }));
    await expect.poll(() => accepted.length).toBe(1);
    await service.dispose();
    expect((await running).status).toBe('stopped');
  });
});

describe('through a device', () => {
  test('the device makes the connection, and the report names it', async () => {
    const { port } = await serve(echoBack);
    const { service } = await world({ pi: { target: childTarget(), endpoint: null } });
    const report = await service.run(optionsFor(port, { viaDeviceId: 'pi', inFlight: 3, size: 5000 }));
    expect(report).toMatchObject({ status: 'finished', via: 'pi@raspberrypi.local', remote: null });
    expect(report.counts.matched).toBe(20);
  });

  test('a device nobody signed in to is refused in words', async () => {
    const { service } = await world();
    await expect(service.run(optionsFor(1, { viaDeviceId: 'pi' }))).rejects.toMatchObject({ code: 'NOT_SIGNED_IN' });
  });

  test('more on the way than fits is refused before anything is sent', async () => {
    const { service } = await world();
    const huge = optionsFor(1, { size: 1_048_576, inFlight: 65 });
    await expect(service.run(huge)).rejects.toMatchObject({ code: 'ECHO_WINDOW_TOO_LARGE' });
  });

  test('the agents’ echo ports are offered: over the tunnel only where the agent listens for the device alone', async () => {
    const endpoint = { ledPort: 1234, echoPort: 1235, bcm: 27, access: 'ssh-only' as const, token: null };
    const target = { ...childTarget(), address: '192.0.2.7' };
    const { service } = await world({
      a: { target, endpoint },
      b: { target, endpoint: { ...endpoint, echoPort: 4000, access: 'local' } },
      c: { target: { ...target, kind: 'local', address: '127.0.0.1' }, endpoint },
      d: { target, endpoint: null },
    });
    expect(await service.destinations(['a', 'b', 'c', 'd', 'gone'])).toEqual([
      { deviceId: 'a', host: '127.0.0.1', port: 1235, viaDeviceId: 'a' },
      { deviceId: 'b', host: '192.0.2.7', port: 4000, viaDeviceId: null },
      { deviceId: 'c', host: '127.0.0.1', port: 1235, viaDeviceId: null },
    ]);
  });
});

test('the sockets of a run are gone when it is over', async () => {
  const { port, accepted } = await serve(echoBack);
  const { service } = await world();
  await service.run(optionsFor(port));
  await Promise.all(accepted.map((socket) => socket.closed || once(socket, 'close')));
  expect(accepted.map((socket) => socket.destroyed)).toEqual([true]);
  const stranger = connect(port, '127.0.0.1');
  await once(stranger, 'connect');
  stranger.destroy();
});

function neverConnects(_host: string, _port: number, options?: { readonly signal?: AbortSignal }): Promise<never> {
  return new Promise((_resolve, reject) => {
    options?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
  });
}
