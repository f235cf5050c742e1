import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../../src-main/errors/index.ts';
import {
  loadPrivateKey,
  openConnection,
  type ConnectionOptions,
  type SshConnection,
} from '../../../src-main/ssh/index.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';
import { freePort } from '../support/free-port.ts';
import { connectTarget } from '../support/ssh-target.ts';
import { startOddServer, signInTo, type OddServer } from '../support/odd-server.ts';

let folder: string;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pi-workbench-ssh-'));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function sshd(options: Parameters<typeof startSshd>[0] = {}): Promise<Sshd> {
  const started = await startSshd(options);
  closers.push(() => started.stop());
  return started;
}

async function odd(options: Parameters<typeof startOddServer>[0] = {}): Promise<OddServer> {
  const started = await startOddServer(options);
  closers.push(() => started.close());
  return started;
}

async function tcp(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as { port: number }).port;
}

function passwordFor(server: Pick<Sshd, 'address' | 'port' | 'user' | 'password'>): ConnectionOptions {
  return {
    host: server.address,
    port: server.port,
    user: server.user,
    credentials: { kind: 'password', password: server.password },
    verifyHostKey: async () => undefined,
  };
}

async function open(options: ConnectionOptions): Promise<SshConnection> {
  const connection = await openConnection(options);
  closers.push(() => connection.client.end());
  return connection;
}

async function failure(options: ConnectionOptions): Promise<AppError> {
  try {
    await open(options);
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown;
    throw thrown;
  }
  throw new Error('The sign-in succeeded.');
}

describe('the key of the host', () => {
  test('is verified before any authentication request, and a refusal is raised as it is', async () => {
    const server = await odd();
    const refusal = new AppError('HOST_KEY_CHANGED', 'Another key.');
    const refused = failure({ ...signInTo(server), verifyHostKey: () => Promise.reject(refusal) });
    expect(await refused).toBe(refusal);
    expect(server.attempts).toEqual([]);
  });

  test('is the one that sshd has, of the type known for the host although sshd prefers another', async () => {
    const server = await sshd({ hostKeys: ['ed25519', 'ecdsa', 'rsa'] });
    for (const [known, type] of [
      [[], 'ed25519'],
      [['ssh-rsa'], 'rsa'],
      [['ecdsa-sha2-nistp256'], 'ecdsa'],
    ] as const) {
      const { hostKey } = await open({ ...passwordFor(server), knownKeyTypes: known });
      expect(hostKey.fingerprint).toBe(await server.fingerprint(type));
    }
  });
});

describe('a password', () => {
  test('is given by keyboard-interactive where the server asks that way only', async () => {
    const server = await odd({
      methods: ['keyboard-interactive'],
      authenticate: (context) => {
        if (context.method !== 'keyboard-interactive') context.reject(['keyboard-interactive']);
        else
          context.prompt([{ prompt: 'Password: ', echo: false }], ([answer]) =>
            answer === 'raspberry' ? context.accept() : context.reject(),
          );
      },
    });
    await open(signInTo(server));
    expect(server.attempts).toEqual(['keyboard-interactive']);
  });

  test('signs in to a real sshd that takes passwords through PAM’s questions only', async () => {
    const server = await sshd({ pam: true, config: ['PasswordAuthentication no', 'KbdInteractiveAuthentication yes'] });
    await open(passwordFor(server));
    const wrong = await failure({ ...passwordFor(server), credentials: { kind: 'password', password: 'wrong' } });
    expect(wrong).toMatchObject({
      code: 'WRONG_CREDENTIALS',
      details: { methods: expect.arrayContaining(['keyboard-interactive']) },
    });
  });

  test('that is wrong is told as wrong, with what the server offers', async () => {
    const server = await sshd();
    const error = await failure({ ...passwordFor(server), credentials: { kind: 'password', password: 'wrong' } });
    expect(error).toMatchObject({ code: 'WRONG_CREDENTIALS', details: { methods: ['publickey', 'password'] } });
    expect(JSON.stringify(error.toData())).not.toContain('"wrong"');
  });

  test('is never sent to a server that takes keys only, and the error says so', async () => {
    const server = await sshd({ passwords: false });
    const error = await failure(passwordFor(server));
    expect(error).toMatchObject({ code: 'SERVER_TAKES_KEYS_ONLY', details: { methods: ['publickey'] } });
    expect(error.hint).toMatch(/key/);
    expect(server.log()).not.toMatch(/Failed password/);
  });

  test('is followed by a question for a second factor, which the person answers', async () => {
    const server = await odd({
      methods: ['password'],
      authenticate: (context) => {
        if (context.method === 'password') context.reject(['keyboard-interactive'], true);
        else if (context.method === 'keyboard-interactive') {
          context.prompt([{ prompt: 'Code: ', echo: true }], ([answer]) =>
            answer === '123456' ? context.accept() : context.reject(),
          );
        }
      },
    });
    const asked: unknown[] = [];
    await open({
      ...signInTo(server),
      answerQuestions: async (questions) => {
        asked.push(questions.questions);
        return ['123456'];
      },
    });
    expect(asked).toEqual([[{ text: 'Code: ', echo: true }]]);
    expect(await failure(signInTo(server))).toMatchObject({ code: 'UNANSWERED_QUESTION' });
  });
});

describe('keys', () => {
  test('that the server does not know are told as that', async () => {
    const server = await sshd();
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'stranger')]);
    const key = await loadPrivateKey(join(folder, 'stranger'));
    const error = await failure({ ...passwordFor(server), credentials: { kind: 'key', key } });
    expect(error).toMatchObject({ code: 'WRONG_CREDENTIALS', details: { method: 'key' } });
    expect(error.hint).toContain('Install my key');
  });

  test('are not tried where the server takes passwords only', async () => {
    const server = await sshd({ config: ['PubkeyAuthentication no'] });
    const key = await loadPrivateKey(server.keyPath);
    expect(await failure({ ...passwordFor(server), credentials: { kind: 'key', key } })).toMatchObject({
      code: 'SERVER_TAKES_NO_KEYS',
      details: { methods: ['password'] },
    });
  });
});

describe('an ssh-agent with eight keys', () => {
  let agent: ChildProcess;
  let socket: string;
  beforeAll(async () => {
    socket = join(folder, 'agent');
    agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(agent.stdout as NonNullable<typeof agent.stdout>, 'data');
    for (let index = 0; index < 8; index += 1) {
      const path = join(folder, `agent-key-${index}`);
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
      execFileSync('ssh-add', ['-q', path], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
    }
  });
  afterAll(() => void agent.kill());

  test('is left alone when a password was chosen', async () => {
    const server = await sshd();
    await open(passwordFor(server));
    expect(server.log()).toMatch(/Accepted password/);
    expect(server.log()).not.toMatch(/publickey/);
  });

  test('signs in by its key when it was chosen and the key is among the first', async () => {
    const server = await sshd();
    execFileSync('ssh-add', ['-q', '-D'], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' });
    execFileSync('ssh-add', ['-q', server.keyPath], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
    await open({ ...passwordFor(server), credentials: { kind: 'agent', socket } });
    expect(server.log()).toMatch(/Accepted publickey/);
  });

  test('that uses up the server’s attempts is told as that', async () => {
    const server = await sshd({ config: ['MaxAuthTries 3'] });
    execFileSync('ssh-add', ['-q', '-D'], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' });
    for (let index = 0; index < 8; index += 1) {
      execFileSync('ssh-add', ['-q', join(folder, `agent-key-${index}`)], {
        env: { ...process.env, SSH_AUTH_SOCK: socket },
      });
    }
    const error = await failure({ ...passwordFor(server), credentials: { kind: 'agent', socket } });
    expect(error).toMatchObject({ code: 'TOO_MANY_ATTEMPTS' });
    expect(error.hint).toMatch(/more keys/);
  });
});

describe('algorithms', () => {
  test('with nothing in common name the category and both lists; old ones need an explicit choice', async () => {
    const server = await odd({ config: { algorithms: { kex: ['diffie-hellman-group1-sha1'] } } });
    const error = await failure(signInTo(server));
    expect(error).toMatchObject({
      code: 'NO_COMMON_KEX',
      details: {
        category: 'kex',
        theirs: ['diffie-hellman-group1-sha1'],
        ours: expect.arrayContaining(['curve25519-sha256', 'ecdh-sha2-nistp256']),
        legacyWouldHelp: true,
      },
    });
    expect(error.details?.['ours']).not.toContain('diffie-hellman-group1-sha1');
    expect(server.attempts).toEqual([]);
    await open({ ...signInTo(server), legacyAlgorithms: true });
  });

  test.each([
    [
      'NO_COMMON_KEX',
      ['KexAlgorithms sntrup761x25519-sha512@openssh.com'],
      'sntrup761x25519-sha512@openssh.com',
      false,
    ],
    ['NO_COMMON_CIPHER', ['Ciphers aes256-cbc'], 'aes256-cbc', true],
    ['NO_COMMON_MAC', ['Ciphers aes128-ctr', 'MACs umac-64@openssh.com'], 'umac-64@openssh.com', false],
  ])('%s: a hardened or old sshd says what it offers', async (code, config, offered, legacyWouldHelp) => {
    const server = await sshd({ config });
    expect(await failure(passwordFor(server))).toMatchObject({ code, details: { theirs: [offered], legacyWouldHelp } });
  });

  test('prefer elliptic curves over group exchange', async () => {
    const server = await sshd({
      config: [
        'KexAlgorithms diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,ecdh-sha2-nistp256',
        'LogLevel DEBUG1',
      ],
    });
    await open(passwordFor(server));
    expect(server.log()).toMatch(/kex: algorithm: ecdh-sha2-nistp256/);
  });
});

describe('a machine that cannot be signed in to is told by its cause', () => {
  const at = (port: number, more: Partial<ConnectionOptions> = {}): ConnectionOptions => ({
    host: '127.0.0.1',
    port,
    user: 'pi',
    credentials: { kind: 'password', password: 'x' },
    verifyHostKey: async () => undefined,
    ...more,
  });

  test('nothing listens', async () => {
    expect(await failure(at(await freePort()))).toMatchObject({
      code: 'ECONNREFUSED',
      hint: expect.stringContaining('raspi-config'),
    });
  });

  test('the name is not known', async () => {
    expect(await failure(at(22, { host: 'no-such-pi.invalid' }))).toMatchObject({
      code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
    });
  });

  test('it says nothing', async () => {
    const port = await tcp(() => undefined);
    expect(await failure(at(port, { stepTimeoutMs: 200 }))).toMatchObject({
      code: 'SSH_TIMEOUT',
      hint: expect.stringContaining('port'),
    });
  });

  test('it is no SSH server', async () => {
    const port = await tcp((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await failure(at(port))).toMatchObject({ code: 'NOT_SSH', details: { said: 'HTTP/1.1 400 Bad Request.' } });
  });

  test.each([
    ['and waits for more', 'HTTP/1.1 400 Bad Request\r\n\r\n', { stepTimeoutMs: 300 }],
    ['and says ever more', 'HTTP/1.1 400 Bad Request\r\n'.repeat(4000), {}],
  ])('it is no SSH server %s', async (_how, words, more) => {
    const port = await tcp((socket) => void socket.write(words));
    expect(await failure(at(port, more))).toMatchObject({
      code: 'NOT_SSH',
      details: { said: 'HTTP/1.1 400 Bad Request.' },
    });
  });

  test('it closes at once', async () => {
    const port = await tcp((socket) => void socket.end());
    expect(await failure(at(port))).toMatchObject({ code: 'SSH_CLOSED' });
  });

  test('it freezes during the sign-in', async () => {
    const server = await odd({ authenticate: () => undefined });
    expect(await failure({ ...signInTo(server), stepTimeoutMs: 300 })).toMatchObject({
      code: 'SSH_TIMEOUT',
      message: expect.stringContaining('sign-in'),
    });
  });

  test('the person gave up', async () => {
    const stop = new AbortController();
    const port = await tcp(() => stop.abort());
    expect(await failure(at(port, { signal: stop.signal }))).toMatchObject({ code: 'CANCELLED' });
  });
});

describe('a link that is dropped', () => {
  test('without a word is noticed by the keepalive', async () => {
    const server = await sshd();
    const pairs: { near: Socket; far: Socket }[] = [];
    const { connect } = await import('node:net');
    const port = await tcp((near) => {
      const far = connect(server.port, server.address);
      far.on('error', () => undefined);
      near.pipe(far).pipe(near);
      pairs.push({ near, far });
      closers.push(() => far.destroy());
    });
    const target = await connectTarget(
      { ...server, port, address: '127.0.0.1' },
      { keepalive: { intervalMs: 100, count: 3 } },
    );
    const told = new Promise((resolve) => target.stateChanges.subscribe(resolve));
    for (const { near, far } of pairs) {
      near.unpipe(far);
      far.unpipe(near);
      near.pause();
    }
    expect(await told).toMatchObject({
      kind: 'disconnected',
      code: 'DISCONNECTED',
      message: expect.stringContaining('stopped answering'),
    });
    await target.dispose();
  });

  test('by a reset long after the sign-in leaves the process alive and the state disconnected', async () => {
    const resets: Socket[] = [];
    const server = await sshd();
    const { connect } = await import('node:net');
    const port = await tcp((near) => {
      const far = connect(server.port, server.address);
      far.on('error', () => undefined);
      near.pipe(far).pipe(near);
      resets.push(near);
      closers.push(() => far.destroy());
    });
    const target = await connectTarget({ ...server, port, address: '127.0.0.1' });
    await target.exec({ script: 'true' });
    const told = new Promise((resolve) => target.stateChanges.subscribe(resolve));
    for (const socket of resets) socket.resetAndDestroy();
    expect(await told).toMatchObject({ kind: 'disconnected', code: 'DISCONNECTED' });
    await writeFile(join(folder, 'alive'), '');
    await target.dispose();
  });
});
