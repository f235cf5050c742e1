import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { socketCarrier, type Carrier } from '../../../src-main/api/channel/index.ts';
import { PageServer } from '../../../src-main/app/browser/page-server.ts';
import { PageFiles } from '../../../src-main/app/start/page-files.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe('the server of the browser shell', () => {
  let dir: string;
  let server: PageServer;
  let pages: Carrier[];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'page-server-'));
    await mkdir(join(dir, 'page', 'assets'), { recursive: true });
    await writeFile(join(dir, 'page', 'index.html'), '<!doctype html><title>t</title>');
    await writeFile(join(dir, 'page', 'assets', 'index-1a2b.js'), 'export {};');
    await writeFile(join(dir, 'secret.txt'), 'secret');
    pages = [];
    const files = await PageFiles.open(join(dir, 'page'));
    server = await PageServer.start({ files, port: 0, onPage: (carrier) => pages.push(carrier) });
  });

  afterEach(async () => {
    await server.dispose();
    await rm(dir, { recursive: true });
  });

  const own = (): string => `127.0.0.1:${server.port}`;

  function ask(
    path: string,
    options: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { method = 'GET', headers = {}, body } = options;
      const sent = request(
        { host: '127.0.0.1', port: server.port, path, method, headers, agent: false },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  const tokenOf = (address: string): string => /#token=(.+)$/.exec(address)?.[1] ?? '';
  const signIn = (headers: Record<string, string> = { origin: `http://${own()}` }): Promise<Answer> =>
    ask('/session', { method: 'POST', headers, body: tokenOf(server.address) });

  async function cookieOfSession(): Promise<string> {
    const cookie = (await signIn()).headers['set-cookie']?.[0] ?? '';
    return cookie.split(';')[0] ?? '';
  }

  /** How an attempt to open the contract's WebSocket ends: `open` or the HTTP status. */
  function openSocket(headers: Record<string, string>, path = '/contract'): Promise<'open' | number> {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers });
    return new Promise((resolve, reject) => {
      socket.on('open', () => {
        socket.close();
        resolve('open');
      });
      socket.on('unexpected-response', (sent, response) => {
        sent.destroy();
        resolve(response.statusCode ?? 0);
      });
      socket.on('error', reject);
    });
  }

  it('serves the page with a strict policy, and only what was built', async () => {
    const index = await ask('/');
    expect(index).toMatchObject({ status: 200, body: '<!doctype html><title>t</title>' });
    expect(index.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    const policy = String(index.headers['content-security-policy']);
    expect(policy).toMatch(/default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/);
    expect(policy).not.toContain('unsafe');
    const script = await ask('/assets/index-1a2b.js');
    expect(script.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    const outside = ['/../secret.txt', '/..%2fsecret.txt', '/%2e%2e/secret.txt', '//secret.txt', '/assets', '/assets/'];
    for (const path of outside) expect((await ask(path)).status, path).toBe(404);
    expect((await ask('/', { method: 'PUT' })).status).toBe(405);
  });

  it('answers only to its own address, so a name pointed at 127.0.0.1 gets nothing', async () => {
    for (const host of ['evil.example', `evil.example:${server.port}`, '127.0.0.1', '127.0.0.1:1']) {
      expect((await ask('/', { headers: { host } })).status, host).toBe(403);
    }
    expect((await ask('/', { headers: { host: `localhost:${server.port}` } })).status).toBe(200);
    const host = `evil.example:${server.port}`;
    expect((await signIn({ host, origin: `http://${host}` })).status).toBe(403);
    const cookie = await cookieOfSession();
    expect(await openSocket({ host, origin: `http://${host}`, cookie })).toBe(403);
  });

  it('exchanges the token once for a cookie that scripts cannot read and other sites do not send', async () => {
    const { address } = server;
    const first = await signIn();
    expect(first.status).toBe(204);
    expect(first.headers['set-cookie']?.[0]).toMatch(
      /^pi-workbench-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect(server.address).toBe(`http://${own()}/`);
    const again = { method: 'POST', headers: { origin: `http://${own()}` }, body: tokenOf(address) };
    const second = await ask('/session', again);
    expect([second.status, second.headers['set-cookie']]).toEqual([401, undefined]);
  });

  it('takes the token only from its own page, and no other token', async () => {
    for (const headers of [{}, { origin: 'http://evil.example' }, { origin: 'null' }, { origin: `https://${own()}` }]) {
      expect((await signIn(headers as Record<string, string>)).status).toBe(403);
    }
    const wrong = ['', 'x', tokenOf(server.address).slice(1), `${tokenOf(server.address)}x`, 'a'.repeat(10_000)];
    for (const body of wrong) {
      const answer = await ask('/session', { method: 'POST', headers: { origin: `http://${own()}` }, body });
      expect(answer.status).toBe(401);
    }
    expect((await signIn()).status).toBe(204);
  });

  it('carries the contract only for its own page with the cookie', async () => {
    const origin = `http://${own()}`;
    const cookie = await cookieOfSession();
    expect(await openSocket({ origin, cookie })).toBe('open');
    expect(await openSocket({ origin, cookie: `other=1; ${cookie}; more=2` })).toBe('open');
    expect(await openSocket({ origin })).toBe(401);
    expect(await openSocket({ origin, cookie: `${cookie}x` })).toBe(401);
    expect(await openSocket({ origin: 'http://evil.example', cookie })).toBe(403);
    expect(await openSocket({ cookie })).toBe(403);
    expect(await openSocket({ origin, cookie }, '/other')).toBe(404);
    expect(pages).toHaveLength(2);
    expect((await ask('/session', { headers: { cookie } })).status).toBe(204);
    expect((await ask('/session')).status).toBe(401);
  });

  it('carries bytes both ways once a page is in', async () => {
    const cookie = await cookieOfSession();
    const socket = new WebSocket(`ws://${own()}/contract`, { headers: { origin: `http://${own()}`, cookie } });
    const carrier = socketCarrier(socket);
    await once(socket, 'open');
    await vi.waitFor(() => expect(pages).toHaveLength(1));
    pages[0]?.onMessage((message) => pages[0]?.send({ back: message }));
    const answer = new Promise((resolve) => carrier.onMessage(resolve));
    carrier.send(Uint8Array.of(0, 255));
    expect(await answer).toEqual({ back: Uint8Array.of(0, 255) });
    carrier.close();
  });

  it('listens on loopback only', async () => {
    const others = Object.values(networkInterfaces())
      .flat()
      .filter((one) => one?.family === 'IPv4' && !one.internal)
      .map((one) => one?.address ?? '');
    // Another loopback address stands for "not 127.0.0.1" where the machine has no network at all.
    for (const host of process.platform === 'linux' ? ['127.0.0.2', ...others] : others) {
      const socket = connect({ host, port: server.port });
      const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
      expect(error.code, host).toBe('ECONNREFUSED');
    }
  });

  it('says what to do when the port is taken', async () => {
    const files = await PageFiles.open(join(dir, 'page'));
    const second = PageServer.start({ files, port: server.port, onPage: () => undefined });
    await expect(second).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: `Port ${server.port} is used by another program.`,
      hint: expect.stringContaining('--port') as string,
    });
  });

  it('says so when the page is not built', async () => {
    await expect(PageFiles.open(join(dir, 'nowhere'))).rejects.toMatchObject({
      code: 'NOT_BUILT',
      hint: 'Run npm run build.',
    });
  });

  it('ends every connection when it is disposed', async () => {
    const cookie = await cookieOfSession();
    const socket = new WebSocket(`ws://${own()}/contract`, { headers: { origin: `http://${own()}`, cookie } });
    await once(socket, 'open');
    await vi.waitFor(() => expect(pages).toHaveLength(1));
    const closed = new Promise<void>((resolve) => pages[0]?.onClose(resolve));
    await server.dispose();
    await Promise.all([closed, once(socket, 'close')]);
    const late = connect({ host: '127.0.0.1', port: server.port });
    const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  });
});
