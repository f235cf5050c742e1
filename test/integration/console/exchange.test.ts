import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  nodeCode,
  pythonCode,
  readExchange,
  shellCode,
  type ConsoleService,
  type Exchange,
  type Role,
  type SessionOptions,
  type TranscriptSource,
} from '../../../src-main/console/index.ts';
import { run, serve } from './support/peers.ts';
import { freePort } from '../support/free-port.ts';
import { consoleService, recorded } from './support/recordings.ts';
import {
  lines,
  streamBytes,
  tcpClient,
  tcpListener,
  temporaryFolder,
  udpClient,
  udpListener,
} from './support/sessions.ts';

const runFile = promisify(execFile);

/** Bytes that trip up careless quoting. */
const AWKWARD = `it's "100%" \\n $HOME \`x\`\x00\x01\x7f\xff\r\n\t-`;

const LED_TALK = [
  { say: 'sent', bytes: 'ON' },
  { say: 'received', bytes: 'OK ' },
  { say: 'received', bytes: 'ON\n' },
  { say: 'sent', bytes: AWKWARD },
  { say: 'sent', bytes: 'x'.repeat(300) },
  { say: 'received', bytes: 'ERR\n' },
  { end: 'sent' },
  { say: 'received', bytes: 'BYE\n' },
  { end: 'received' },
] as const;

async function exchangeOf(source: TranscriptSource, options: SessionOptions): Promise<Exchange> {
  return readExchange(source, options, { connection: 1, maxBytes: 1 << 20 });
}

/** Data and ends of connection 1, each direction joined. */
async function said(source: TranscriptSource): Promise<{ sent: string; received: string }> {
  const [sent, received] = await Promise.all([streamBytes(source, 'sent'), streamBytes(source, 'received')]);
  return { sent: sent.toString('latin1'), received: received.toString('latin1') };
}

async function runCode(language: string, code: string): Promise<string> {
  const file = join(await temporaryFolder(), language === 'node' ? 'script.mjs' : 'script');
  await writeFile(file, code);
  const program = { python: 'python3', node: process.execPath, shell: 'sh' }[language] ?? 'sh';
  const { stdout } = await runFile(program, [file], { timeout: 20_000 });
  return stdout;
}

/** A listener that plays the recorded server. */
async function replayServer(service: ConsoleService, source: TranscriptSource, port: number): Promise<string> {
  const path = join(await temporaryFolder(), 'session.jsonl');
  const { exportParts, writeExport } = await import('../../../src-main/console/index.ts');
  const signal = new AbortController().signal;
  const what = { title: 'recorded', options: tcpClient(port), createdAt: 0, source };
  await writeExport(exportParts(what, 'json-lines', null, signal), {
    path,
    overwrite: true,
    signal,
    onProgress: () => undefined,
  });
  const opened = await service.import(path, signal);
  const replaying = await service.replay(opened.id, 1, { role: 'server', pace: 'at-once' }, tcpListener({ port }));
  await expect.poll(() => service.tab(replaying.id).snapshot().state.kind).toBe('listening');
  return replaying.id;
}

describe('an exchange shown as code', () => {
  it.each([
    ['python', pythonCode],
    ['node', nodeCode],
    ['shell', shellCode],
  ] as const)('is repeated by the %s client', async (language, write) => {
    const source = await recorded(LED_TALK);
    const service = await consoleService();
    const port = await freePort();
    const replaying = await replayServer(service, source, port);
    const code = write(await exchangeOf(source, tcpClient(port)), 'client');
    await runCode(language, code);
    const tab = service.tab(replaying);
    await expect.poll(() => tab.snapshot().replay?.state, { timeout: 15_000 }).toBe('finished');
    const recordedTalk = await said(source);
    expect(await said(tab.source)).toEqual({ sent: recordedTalk.received, received: recordedTalk.sent });
    expect(tab.snapshot().replay).toMatchObject({ differences: 0 });
  });

  it.each([
    ['python', pythonCode],
    ['node', nodeCode],
  ] as const)('is repeated by the %s server', async (language, write) => {
    const port = await freePort();
    const source = await recorded(LED_TALK);
    const exchange = await exchangeOf(source, tcpClient(port));
    const file = join(await temporaryFolder(), language === 'node' ? 'server.mjs' : 'server.py');
    await writeFile(file, write(exchange, 'server'));
    const server = run(language === 'node' ? process.execPath : 'python3', [file]);
    await expect.poll(server.output).toContain('listening');
    const client = await runCode('python', pythonCode(exchange, 'client'));
    expect(client).toBe(`b'OK ON\\n'\nb'ERR\\n'\nb'BYE\\n'\nb''\n`);
  });

  it('is a line of shell that a person can read', async () => {
    const exchange = await exchangeOf(await recorded(LED_TALK.slice(0, 3)), tcpClient(1234));
    expect(shellCode(exchange, 'client')).toBe(`{ printf 'ON'; sleep 0.2; } | nc -N 127.0.0.1 1234\n`);
  });

  it('is datagrams for UDP', async () => {
    const moves = [
      { say: 'sent', bytes: 'ping' },
      { say: 'received', bytes: 'pong' },
    ] as const;
    const port = await freePort();
    const exchange = await exchangeOf(await recorded(moves), udpClient(port));
    for (const [language, write] of [
      ['python', pythonCode],
      ['node', nodeCode],
    ] as const) {
      const file = join(await temporaryFolder(), language === 'node' ? 'server.mjs' : 'server.py');
      await writeFile(file, write(exchange, 'server'));
      const server = run(language === 'node' ? process.execPath : 'python3', [file]);
      await expect.poll(server.output).toContain('listening');
      expect(await runCode(language, write(exchange, 'client'))).toMatch(/pong|70 6f 6e 67/);
    }
  });

  it('is refused when nothing was recorded, or too much', async () => {
    const empty = await recorded([{ end: 'sent' }]);
    await expect(exchangeOf(empty, tcpClient(1))).rejects.toMatchObject({ code: 'NOTHING_RECORDED' });
    const large = await recorded([{ say: 'sent', bytes: 'x'.repeat(3000) }]);
    const reading = readExchange(large, tcpClient(1), { connection: 1, maxBytes: 2048 });
    await expect(reading).rejects.toMatchObject({
      code: 'TOO_LARGE',
      message: 'This connection carried more than 2 KiB.',
    });
  });
});

describe('a replay', () => {
  async function replayed(
    service: ConsoleService,
    role: Role,
    port: number,
    pace: 'recorded' | 'at-once' = 'at-once',
  ): Promise<string> {
    const original = await recordedLive(service, port);
    const where = role === 'client' ? tcpClient(port) : tcpListener({ port });
    return (await service.replay(original, 1, { role, pace }, where)).id;
  }

  /** A session recorded against a real server that answers `ok:` and what it got. */
  async function recordedLive(service: ConsoleService, port: number): Promise<string> {
    const server = await serve(
      (socket) => socket.on('data', (chunk: Buffer) => socket.write(`ok:${chunk.toString()}`)),
      port,
    );
    const opened = await service.open(tcpClient(port));
    await expect.poll(() => service.tab(opened.id).snapshot().state.kind).toBe('open');
    for (const word of ['one', 'two']) {
      service.session(opened.id).send(Buffer.from(word), 'all');
      await expect
        .poll(async () => (await streamBytes(service.tab(opened.id).source, 'received')).toString())
        .toContain(`ok:${word}`);
    }
    await service.stop(opened.id);
    await server.close();
    return opened.id;
  }

  it('plays the client against a server that behaves as before', async () => {
    const service = await consoleService();
    const port = await freePort();
    const original = await recordedLive(service, port);
    await serve((socket) => socket.on('data', (chunk: Buffer) => socket.write(`ok:${chunk.toString()}`)), port);
    const again = await service.replay(original, 1, { role: 'client', pace: 'recorded' }, tcpClient(port));
    await expect.poll(() => service.tab(again.id).snapshot().replay?.state).toBe('finished');
    expect(await lines(service.tab(again.id).source)).toContain(
      'note The replay is finished: 2 of 2 answers were as recorded.',
    );
    expect(await said(service.tab(again.id).source)).toEqual({ sent: 'onetwo', received: 'ok:oneok:two' });
  });

  it('says where a server answers differently', async () => {
    const service = await consoleService();
    const port = await freePort();
    const original = await recordedLive(service, port);
    await serve((socket) => socket.on('data', (chunk: Buffer) => socket.write(`OK:${chunk.toString()}`)), port);
    const again = await service.replay(original, 1, { role: 'client', pace: 'at-once' }, tcpClient(port));
    await expect.poll(() => service.tab(again.id).snapshot().replay?.state).toBe('finished');
    const notes = (await lines(service.tab(again.id).source)).filter((line) => line.startsWith('note'));
    expect(notes).toEqual([
      "note Step 2 differs from byte 0 on: recorded b'ok:one', now b'OK:one'.",
      "note Step 4 differs from byte 0 on: recorded b'ok:two', now b'OK:two'.",
      'note The replay is finished: 0 of 2 answers were as recorded.',
    ]);
  });

  it('stops when a server ends too early', async () => {
    const service = await consoleService();
    const port = await freePort();
    const original = await recordedLive(service, port);
    await serve((socket) => socket.once('data', () => socket.end('ok')), port);
    const again = await service.replay(original, 1, { role: 'client', pace: 'at-once' }, tcpClient(port));
    await expect.poll(() => service.tab(again.id).snapshot().replay?.state).toBe('stopped');
    expect(await lines(service.tab(again.id).source)).toContain(
      'note The other side ended although 4 more bytes were recorded at step 2.',
    );
  });

  it('plays the server to a Python client', async () => {
    const service = await consoleService();
    const port = await freePort();
    const id = await replayed(service, 'server', port);
    await expect.poll(() => service.tab(id).snapshot().state.kind).toBe('listening');
    const script = `
import socket
s = socket.create_connection(('127.0.0.1', ${port}))
for word in (b'one', b'two'):
    s.sendall(word); print(s.recv(100))`;
    const { stdout } = await runFile('python3', ['-c', script], { timeout: 20_000 });
    expect(stdout).toBe("b'ok:one'\nb'ok:two'\n");
    await expect.poll(() => service.tab(id).snapshot().replay?.state).toBe('finished');
  });
});

describe('a UDP exchange', () => {
  const MOVES = [
    { say: 'sent', bytes: 'ping' },
    { say: 'received', bytes: 'pong' },
    { say: 'sent', bytes: 'bye' },
  ] as const;

  /** The recording of a UDP client, opened in a console as a saved session. */
  async function saved(service: ConsoleService, port: number): Promise<string> {
    const { exportParts, writeExport } = await import('../../../src-main/console/index.ts');
    const path = join(await temporaryFolder(), 'session.jsonl');
    const signal = new AbortController().signal;
    const what = { title: 'recorded', options: udpClient(port), createdAt: 0, source: await recorded(MOVES) };
    const writing = { path, overwrite: true, signal, onProgress: () => undefined };
    await writeExport(exportParts(what, 'json-lines', null, signal), writing);
    return (await service.import(path, signal)).id;
  }

  it('is shown as code that sends the same datagrams', async () => {
    const service = await consoleService();
    const port = await freePort();
    const exchange = await exchangeOf(await recorded(MOVES.slice(0, 2)), udpClient(port));
    const listener = await service.open(udpListener({ port, responder: { kind: 'echo' } }));
    await expect.poll(() => service.tab(listener.id).snapshot().state.kind).toBe('listening');
    expect(await runCode('python', pythonCode(exchange, 'client'))).toBe("b'ping'\n");
  });

  it('is replayed as the server and as the client', async () => {
    const service = await consoleService();
    const port = await freePort();
    const original = await saved(service, port);
    const how = { pace: 'at-once' } as const;
    const server = await service.replay(original, 1, { ...how, role: 'server' }, udpListener({ port }));
    await expect.poll(() => service.tab(server.id).snapshot().state.kind).toBe('listening');
    const client = await service.replay(original, 1, { ...how, role: 'client' }, udpClient(port));
    for (const { id } of [server, client]) {
      await expect.poll(() => service.tab(id).snapshot().replay).toMatchObject({ state: 'finished', differences: 0 });
    }
    expect(await said(service.tab(client.id).source)).toEqual({ sent: 'pingbye', received: 'pong' });
    expect((await lines(service.tab(server.id).source)).filter((line) => /^[<>]/.test(line))).toEqual([
      '< ping',
      '> pong',
      '< bye',
    ]);
  });
});
