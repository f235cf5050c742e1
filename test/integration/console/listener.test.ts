import { execFileSync, spawnSync } from 'node:child_process';
import dgram from 'node:dgram';
import { describe, expect, it } from 'vitest';
import type { PayloadInput, ResponderOptions, ResponderRule } from '../../../src-main/console/index.ts';
import { connect, run, serve } from './support/peers.ts';
import { freePort } from '../support/free-port.ts';
import {
  afterwards,
  lines,
  portOf,
  sleep,
  startSession,
  streamBytes,
  tcpClient,
  tcpListener,
  udpClient,
  udpListener,
} from './support/sessions.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const escaped = (value: string): PayloadInput => ({
  format: 'escapes',
  text: value,
  encoding: 'utf-8',
  lineEnding: 'none',
});

describe('a TCP listener', () => {
  it('serves several clients, goes on when one resets, and sends to all once', async () => {
    const session = await startSession(tcpListener());
    const clients = [await connect(portOf(session)), await connect(portOf(session)), await connect(portOf(session))];
    await expect.poll(() => session.connections.length).toBe(3);
    clients[1]?.resetAndDestroy();
    await expect.poll(() => session.connections.map((one) => one.state)).toEqual(['open', 'closed', 'open']);
    const fourth = await connect(portOf(session));
    await expect.poll(() => session.connections.length).toBe(4);
    expect(session.send(text('to all;'), 'all')).toBe(3);
    session.send(text('to four'), 4);
    await expect.poll(() => fourth.received()).toBe('to all;to four');
    expect([clients[0]?.received(), clients[2]?.received()]).toEqual(['to all;', 'to all;']);
    expect(await lines(session.transcript)).toContain('error ECONNRESET');
  });

  it('is what nc and Python connect to', async () => {
    const session = await startSession(tcpListener());
    const nc = run('nc', ['-N', '127.0.0.1', String(portOf(session))]);
    nc.stdin.end('from nc\n');
    await expect.poll(() => lines(session.transcript)).toContain('< from nc\n');
    await expect.poll(() => session.connections[0]?.state).toBe('peer-ended');
    session.send(text('still open this way\n'), 1);
    session.endSending(1);
    await expect.poll(() => nc.output()).toBe('still open this way\n');
    const script = `
import socket
s = socket.create_connection(('127.0.0.1', ${portOf(session)}))
s.sendall(b'x' * 100000); s.shutdown(socket.SHUT_WR)
print(s.recv(100), s.recv(100))`;
    const python = run('python3', ['-c', script]);
    await expect.poll(async () => (await streamBytes(session.transcript, 'received', 2)).length).toBe(100_000);
    session.send(text('thanks'), 2);
    session.closeConnection(2);
    await expect.poll(python.output).toBe("b'thanks' b''\n");
  });

  it('breaks new clients off while it refuses, and keeps those it has', async () => {
    const session = await startSession(tcpListener());
    const first = await connect(portOf(session));
    await expect.poll(() => session.connections.length).toBe(1);
    if (session.state.kind === 'listening') session.setRefusing(true);
    const script = `
import socket
s = socket.create_connection(('127.0.0.1', ${portOf(session)}))
try: print(s.recv(1))
except OSError as e: print(type(e).__name__)`;
    expect(run('python3', ['-c', script]).pid).toBeGreaterThan(0);
    await expect.poll(() => lines(session.transcript)).toEqual(['listen', 'accept received', 'accept received']);
    expect(session.connections).toHaveLength(1);
    session.send(text('hello'), 'all');
    await expect.poll(() => first.received()).toBe('hello');
    session.setRefusing(false);
    await connect(portOf(session));
    await expect.poll(() => session.connections.length).toBe(2);
  });

  it('sends a reset to one client, and the client sees it as one', async () => {
    const session = await startSession(tcpListener());
    const script = `
import socket
s = socket.create_connection(('127.0.0.1', ${portOf(session)}))
try: print(s.recv(1))
except OSError as e: print(type(e).__name__)`;
    const python = run('python3', ['-c', script]);
    await expect.poll(() => session.connections.length).toBe(1);
    session.resetConnection(1);
    await expect.poll(python.output).toBe('ConnectionResetError\n');
    expect((await lines(session.transcript)).at(-1)).toBe('close reset');
  });
});

describe('a port that cannot be listened on', () => {
  it('says that it is in use and names a free one, which works', async () => {
    const taken = await serve(() => undefined);
    const session = await startSession(tcpListener({ port: taken.port }));
    if (session.state.kind !== 'failed') throw new Error('it should have failed');
    const { problem } = session.state;
    expect(problem.meaning).toBe(
      `Port ${taken.port} is already in use at 127.0.0.1:${taken.port}: another program or tab listens there.`,
    );
    expect(problem).toMatchObject({ code: 'EADDRINUSE', python: 'OSError' });
    expect(problem.hint).toContain(`Port ${problem.freePort} is free.`);
    const next = await startSession(tcpListener({ port: problem.freePort ?? 0 }));
    expect(next.state).toMatchObject({ kind: 'listening', local: { port: problem.freePort } });
  });

  it('can be tried again when the port is free', async () => {
    const taken = await serve(() => undefined);
    const session = await startSession(tcpListener({ port: taken.port }));
    expect(session.state.kind).toBe('failed');
    await taken.close();
    await session.start();
    expect(session.state.kind).toBe('listening');
    expect(await lines(session.transcript)).toEqual(['error EADDRINUSE', 'listen']);
  });

  it('says that an address is not this computer’s', async () => {
    const session = await startSession(tcpListener({ host: '192.0.2.1' }));
    expect(session.state).toMatchObject({ kind: 'failed', problem: { code: 'EADDRNOTAVAIL', freePort: null } });
  });

  it.runIf(process.getuid?.() === 0)('is a permission error below 1024 for an ordinary user', () => {
    const script = `require('net').createServer().on('error', (e) => console.log(e.code)).listen(81, '127.0.0.1')`;
    const limit = ['--reuid=65534', '--regid=65534', '--clear-groups', '--inh-caps=-all', '--bounding-set=-all'];
    const child = spawnSync('setpriv', [...limit, process.execPath, '-e', script], { timeout: 10_000 });
    const unprivileged = execFileSync('cat', ['/proc/sys/net/ipv4/ip_unprivileged_port_start']).toString().trim();
    expect(child.stdout.toString().trim()).toBe(Number(unprivileged) > 81 ? 'EACCES' : '');
  });

  it('says the same of a UDP port', async () => {
    const socket = dgram.createSocket('udp4');
    afterwards(() => socket.close());
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const session = await startSession(udpListener({ port: socket.address().port }));
    expect(session.state).toMatchObject({ kind: 'failed', problem: { code: 'EADDRINUSE' } });
  });
});

describe('a listener that answers by itself', () => {
  it('echoes everything before it closes, although the client has ended its side', async () => {
    const session = await startSession(tcpListener({ responder: { kind: 'echo' } }));
    const client = await connect(portOf(session));
    const sent = Buffer.alloc(3_000_000, 'echo me ');
    client.end(sent);
    await new Promise((resolve) => client.once('end', resolve));
    expect(Buffer.from(client.received(), 'latin1').equals(sent)).toBe(true);
    await expect.poll(() => session.connections[0]?.state).toBe('closed');
  });

  it('does not fill memory when the client sends and never reads', async () => {
    const session = await startSession(tcpListener({ responder: { kind: 'echo' } }));
    const client = await connect(portOf(session));
    client.pause();
    const chunk = Buffer.alloc(1 << 20);
    for (let i = 0; i < 64; i += 1) client.write(chunk);
    await sleep(500);
    expect(session.connections[0]?.unsentBytes).toBeLessThan(4 << 20);
    expect(session.connections[0]?.receivedBytes).toBeLessThan(64 << 20);
  });

  it('behaves as the LED agent with one simulated LED for all', async () => {
    const session = await startSession(tcpListener({ responder: { kind: 'led' } }));
    const [one, two] = [await connect(portOf(session)), await connect(portOf(session))];
    one.write('WATCH');
    await expect.poll(() => one.received()).toBe('OK OFF\n');
    two.write('O');
    await sleep(20);
    two.write('NSTATUSfoo\nTOGGLE');
    await expect
      .poll(() => two.received())
      .toBe('OK ON\nOK ON\nERR unknown-command "foo": not a command, send HELP for the list\nOK OFF\n');
    await expect.poll(() => one.received()).toBe('OK OFF\nSTATE 1 ON\nSTATE 2 OFF\n');
    two.write('INFO QUIT');
    await expect.poll(() => two.received()).toContain('driver=simulated');
    await expect.poll(() => two.readableEnded).toBe(true);
  });

  const answering = (unit: 'chunk' | 'line' | 'stream', ...rules: ResponderRule[]): ResponderOptions => ({
    kind: 'rules',
    unit,
    rules,
  });
  const rule = (match: ResponderRule['match'], reply: string, more: Partial<ResponderRule> = {}): ResponderRule => ({
    match,
    reply: escaped(reply),
    delayMs: 0,
    times: null,
    ...more,
  });

  it('answers by the first rule that matches, with what a pattern captured', async () => {
    const responder = answering(
      'line',
      rule({ kind: 'prefix', payload: escaped('USER ') }, '331 password?\\r\\n', { times: 1 }),
      rule({ kind: 'regex', pattern: '^set (?<key>\\w+)=(.*)$', ignoreCase: true }, 'ok $<key> is [$2] $$\\n'),
      rule({ kind: 'contains', payload: escaped('temp') }, '21.5\\n'),
      rule({ kind: 'hex-mask', mask: '02 ?? 0?' }, '\\x06'),
    );
    const session = await startSession(tcpListener({ responder }));
    const client = await connect(portOf(session));
    client.write('USER pi\r\nSET led=on');
    await sleep(20);
    client.write(' now\r');
    client.write('\nread temp\nUSER again\n');
    client.write(Buffer.of(0x02, 0xff, 0x0f, 0x0a));
    await expect
      .poll(() => Buffer.from(client.received(), 'latin1').toString())
      .toBe('331 password?\r\nok led is [on now] $\n21.5\n\x06');
  });

  it('answers a stream wherever its chunks are cut', async () => {
    const responder = answering('stream', rule({ kind: 'contains', payload: escaped('PING') }, 'PONG;'));
    const session = await startSession(tcpListener({ responder }));
    const client = await connect(portOf(session));
    for (const part of ['xxPI', 'NGyyP', 'I', 'NGPING']) {
      client.write(part);
      await sleep(10);
    }
    await expect.poll(() => client.received()).toBe('PONG;PONG;PONG;');
  });

  it('keeps the order of replies that wait, and ends after the last one', async () => {
    const responder = answering(
      'line',
      rule({ kind: 'contains', payload: escaped('slow') }, 'first;', { delayMs: 100 }),
      rule({ kind: 'contains', payload: escaped('fast') }, 'second;'),
    );
    const session = await startSession(tcpListener({ responder }));
    const client = await connect(portOf(session));
    client.end('slow\nfast\nfast');
    await new Promise((resolve) => client.once('end', resolve));
    expect(client.received()).toBe('first;second;second;');
  });

  it('gives up on a pattern that would take for ever, and says so', async () => {
    const responder = answering('chunk', rule({ kind: 'regex', pattern: '(a+)+$', ignoreCase: false }, 'x'));
    const session = await startSession(tcpListener({ responder }));
    const client = await connect(portOf(session));
    client.write(`${'a'.repeat(40)}b`);
    await expect
      .poll(() => lines(session.transcript))
      .toContain('note The regular expression takes too long on what was received.');
  });

  it('refuses rules that cannot be used', async () => {
    const bad = (match: ResponderRule['match']) =>
      startSession(tcpListener({ responder: answering('chunk', rule(match, 'x')) }));
    await expect(bad({ kind: 'regex', pattern: '(', ignoreCase: false })).rejects.toMatchObject({ code: 'BAD_RULE' });
    await expect(bad({ kind: 'hex-mask', mask: '4g' })).rejects.toMatchObject({ code: 'BAD_RULE', details: { at: 1 } });
    await expect(bad({ kind: 'contains', payload: escaped('') })).rejects.toMatchObject({ code: 'BAD_RULE' });
  });
});

describe('datagrams', () => {
  it('go both ways between a client and a listener, each whole', async () => {
    const listener = await startSession(udpListener({ responder: { kind: 'echo' } }));
    const client = await startSession(udpClient(portOf(listener)));
    client.send(text('one'), 'all');
    client.send(text('two'), 'all');
    client.send(new Uint8Array(0), 'all');
    await expect
      .poll(() => lines(client.transcript))
      .toEqual(['connect sent', '> one', '> two', '> ', '< one', '< two', '< ']);
    expect(listener.connections).toMatchObject([{ receivedBytes: 6, sentBytes: 6 }]);
  });

  it('are answered to one sender or to all', async () => {
    const listener = await startSession(udpListener());
    const [one, two] = [
      await startSession(udpClient(portOf(listener))),
      await startSession(udpClient(portOf(listener))),
    ];
    one.send(text('a'), 'all');
    await expect.poll(() => listener.connections.length).toBe(1);
    two.send(text('b'), 'all');
    await expect.poll(() => listener.connections.length).toBe(2);
    listener.send(text('all'), 'all');
    listener.send(text('second'), 2);
    await expect.poll(() => lines(two.transcript)).toEqual(['connect sent', '> b', '< all', '< second']);
    expect(await lines(one.transcript)).toEqual(['connect sent', '> a', '< all']);
  });

  it('tell when nothing listens there, and the socket stays usable', async () => {
    const port = await freePort();
    const session = await startSession(udpClient(port));
    session.send(text('anyone?'), 'all');
    await expect.poll(() => lines(session.transcript)).toContain('error ECONNREFUSED');
    const socket = dgram.createSocket('udp4');
    afterwards(() => socket.close());
    await new Promise<void>((resolve) => socket.bind(port, '127.0.0.1', resolve));
    const got = new Promise((resolve) => socket.once('message', (message) => resolve(message.toString())));
    session.send(text('now?'), 'all');
    expect(await got).toBe('now?');
  });

  it('are refused when longer than a datagram can be', async () => {
    const listener = await startSession(udpListener());
    const session = await startSession(udpClient(portOf(listener)));
    expect(() => session.send(new Uint8Array(65_508), 'all')).toThrow('at most 65,507 bytes');
    session.send(new Uint8Array(65_507), 'all');
    await expect.poll(() => listener.connections[0]?.receivedBytes).toBe(65_507);
  });
});

describe('IPv6', () => {
  it('connects and listens on ::1', async () => {
    const listener = await startSession(tcpListener({ host: '::1', responder: { kind: 'echo' } }));
    const client = await startSession(tcpClient(portOf(listener), { host: '::1' }));
    client.send(text('six'), 'all');
    await expect.poll(() => lines(client.transcript)).toContain('< six');
  });
});
