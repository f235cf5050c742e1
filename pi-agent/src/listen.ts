import type { AddressInfo, Server } from 'node:net';
import { portOwner } from './port-owner.ts';

const TRIES = 5;
const RETRY_MS = 500;

/** Why a port cannot be listened on, as a sentence. */
export class ListenError extends Error {
  /** `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`... */
  readonly code: string;

  constructor(code: string, sentence: string) {
    super(sentence);
    this.code = code;
  }
}

export interface ListenOptions {
  readonly port: number;
  readonly host: string;
  /** For messages: `LED`. */
  readonly service: string;
  readonly log: (line: string) => void;
  readonly retryMs?: number;
}

/**
 * Listens, trying a port in use again for two and a half seconds: its last owner may be on its way out. Returns the port,
 * which matters when 0 was asked for. Raises ListenError.
 */
export async function listen(server: Server, options: ListenOptions): Promise<number> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await listenOnce(server, options.port, options.host);
    } catch (thrown) {
      const code = codeOf(thrown);
      // Without IPv6 in the kernel, all addresses are all IPv4 addresses.
      if (options.host === '::' && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL')) {
        return await listen(server, { ...options, host: '0.0.0.0' });
      }
      if (code !== 'EADDRINUSE' || tries >= TRIES) throw await listenError(code, options, thrown);
      if (tries === 0) options.log(`port ${options.port} is in use; trying again`);
      await new Promise((resolve) => setTimeout(resolve, options.retryMs ?? RETRY_MS));
    }
  }
}

function listenOnce(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: 128 }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

async function listenError(
  code: string,
  { port, host, service }: ListenOptions,
  thrown: unknown,
): Promise<ListenError> {
  const what = `the ${service} port ${port}`;
  switch (code) {
    case 'EADDRINUSE': {
      const owner = await portOwner(port);
      const by = owner === null ? '' : ` by process ${owner.pid} (${owner.name})`;
      return new ListenError(code, `${what} is already in use${by}`);
    }
    case 'EACCES':
      return new ListenError(code, `${what} may not be used: ports below 1024 need more rights`);
    case 'EADDRNOTAVAIL':
      return new ListenError(code, `${what} cannot be opened: ${host} is no address of this computer`);
    default:
      return new ListenError(code, `${what} cannot be opened: ${String(thrown)}`);
  }
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
}
