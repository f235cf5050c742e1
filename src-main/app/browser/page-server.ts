import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { CONTRACT_PATH, SESSION_PATH } from '../../api/browser-session.ts';
import { socketCarrier, type Carrier } from '../../api/channel/index.ts';
import { AppError, systemCode } from '../../errors/index.ts';
import { contentPolicy } from '../start/content-policy.ts';
import type { PageFiles } from '../start/page-files.ts';
import { OriginCheck } from './origin-check.ts';
import { SessionGate } from './session-gate.ts';

const LOOPBACK = '127.0.0.1';
/** The largest message a page may send: a file dropped on the terminal comes in one. */
const LARGEST_MESSAGE_BYTES = 64 * 1024 * 1024;
const LONGEST_TOKEN_BYTES = 200;

export interface PageServerOptions {
  readonly files: PageFiles;
  /** TCP port on 127.0.0.1; 0 lets the system choose. */
  readonly port: number;
  /** Called for each page that connects. */
  readonly onPage: (carrier: Carrier) => void;
}

/** Serves the page and carries its contract, to this computer's loopback address only. */
export class PageServer {
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE_BYTES });
  readonly #files: PageFiles;
  readonly #onPage: (carrier: Carrier) => void;
  readonly #port: number;
  readonly #gate: SessionGate;
  readonly #origin: OriginCheck;

  private constructor(server: Server, options: PageServerOptions) {
    this.#server = server;
    this.#files = options.files;
    this.#onPage = options.onPage;
    this.#port = (server.address() as AddressInfo).port;
    this.#gate = new SessionGate(this.#port);
    this.#origin = new OriginCheck(this.#port);
    server.on('request', (request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Raises `PORT_IN_USE` and `PORT_NOT_ALLOWED`. */
  static async start(options: PageServerOptions): Promise<PageServer> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(cannotListen(error, options.port)));
      server.listen(options.port, LOOPBACK, resolve);
    });
    return new PageServer(server, options);
  }

  get port(): number {
    return this.#port;
  }

  /** The address to open, with the one-time token in its fragment until that was used. */
  get address(): string {
    const token = this.#gate.token;
    return `http://${LOOPBACK}:${this.#port}/${token === null ? '' : `#token=${token}`}`;
  }

  async dispose(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(this.#safetyHeaders())) response.setHeader(name, value);
    if (!this.#origin.rightHost(request)) {
      end(response, 403, 'This server answers only to its own address.');
      return;
    }
    const pathname = (request.url ?? '').replace(/\?.*$/, '');
    if (pathname === SESSION_PATH) await this.#answerSession(request, response);
    else await this.#answerFile(pathname, request, response);
  }

  async #answerFile(pathname: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = this.#files.get(pathname);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      end(response, 405, 'Only GET is understood here.');
    } else if (!file) {
      end(response, 404, 'There is nothing at this address.');
    } else {
      const bytes = await file.read();
      response.setHeader('content-type', file.type);
      response.setHeader('cache-control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-store');
      response.setHeader('content-length', bytes.length);
      response.end(request.method === 'HEAD' ? undefined : bytes);
    }
  }

  /** `POST` exchanges the token for the cookie; `GET` says whether the cookie is good. */
  async #answerSession(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('cache-control', 'no-store');
    if (request.method === 'GET') {
      end(response, this.#gate.admits(request.headers.cookie) ? 204 : 401, '');
      return;
    }
    if (request.method !== 'POST' || !this.#origin.ownPage(request)) {
      end(response, 403, 'Only the page itself may sign in.');
      return;
    }
    const cookie = this.#gate.exchange(await readShortBody(request));
    if (cookie === null) {
      end(response, 401, 'This address was used already.');
      return;
    }
    response.setHeader('set-cookie', cookie);
    end(response, 204, '');
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const status = this.#refusal(request);
    if (status !== null) {
      socket.on('error', () => socket.destroy());
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.#onPage(socketCarrier(webSocket));
    });
  }

  #refusal(request: IncomingMessage): string | null {
    if (!this.#origin.ownPage(request)) return '403 Forbidden';
    if (request.url !== CONTRACT_PATH) return '404 Not Found';
    return this.#gate.admits(request.headers.cookie) ? null : '401 Unauthorized';
  }

  #safetyHeaders(): Record<string, string> {
    return {
      // Not every browser counts the page's own WebSocket as 'self'.
      'content-security-policy': contentPolicy([
        "'self'",
        `ws://${LOOPBACK}:${this.#port}`,
        `ws://localhost:${this.#port}`,
      ]),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    };
  }
}

function end(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  if (text === '') {
    response.end();
    return;
  }
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end(`${text}\n`);
}

async function readShortBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > LONGEST_TOKEN_BYTES) return '';
  }
  return text;
}

function cannotListen(error: Error, port: number): AppError {
  const code = systemCode(error);
  if (code === 'EADDRINUSE') {
    return new AppError('PORT_IN_USE', `Port ${port} is used by another program.`, {
      hint: 'Choose another with --port, or leave the flag out.',
      cause: error,
    });
  }
  if (code === 'EACCES') {
    return new AppError('PORT_NOT_ALLOWED', `This user may not open port ${port}.`, {
      hint: 'Choose a port from 1024 on, or leave the flag out.',
      cause: error,
    });
  }
  return AppError.from(error);
}
