import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import ssh2, { type AuthContext, type Connection, type ServerConfig, type Session } from 'ssh2';

/** A server that does what no real sshd can be made to do: for the cases that come from odd or broken servers. */
export interface OddServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Methods of every authentication request seen, in order, without `none`. */
  readonly attempts: string[];
  /** Connections that are open. */
  readonly clients: Set<Connection>;
  close(): Promise<void>;
}

export interface OddServerOptions {
  /** Default: a fresh key. */
  readonly hostKey?: string;
  readonly config?: Partial<ServerConfig>;
  /** Decides on each request but `none`; default: accepts every one. */
  readonly authenticate?: (context: AuthContext) => void;
  /** What is offered to whoever asks with `none`; default password. */
  readonly methods?: readonly string[];
  readonly onSession?: (session: Session, refuse: () => void) => void;
  /** Decides whether one more session may be opened. */
  readonly onOpen?: () => boolean;
}

export function newHostKey(): string {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs1',
    format: 'pem',
  }) as string;
}

export async function startOddServer(options: OddServerOptions = {}): Promise<OddServer> {
  const attempts: string[] = [];
  const clients = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [options.hostKey ?? newHostKey()], ...options.config }, (client) => {
    clients.add(client);
    client.on('close', () => clients.delete(client));
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      const methods = (options.methods ?? ['password']) as never[];
      if (context.method === 'none') {
        context.reject(methods);
        return;
      }
      attempts.push(context.method);
      if (options.authenticate) options.authenticate(context);
      else context.accept();
    });
    client.on('session', (accept, reject) => {
      if (options.onOpen && !options.onOpen()) reject();
      else options.onSession?.(accept(), reject);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    attempts,
    clients,
    close: async () => {
      for (const client of clients) client.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Options that sign in to an odd server with any password. */
export function signInTo(server: OddServer) {
  return {
    host: server.host,
    port: server.port,
    user: 'pi',
    credentials: { kind: 'password', password: 'raspberry' },
    verifyHostKey: async () => undefined,
  } as const;
}
