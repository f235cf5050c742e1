import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { plainAddress } from './access.ts';
import { cutOffLater } from './cut-off.ts';
import { KEEPALIVE_MS, MAX_CLIENTS } from './limits.ts';
import { errorReply } from './replies.ts';

export interface GateOptions {
  /** Says whether a peer with this address may connect. */
  readonly admits: (address: string) => boolean;
  /** Gets each client that was let in. `peer` is `192.168.1.5:50123`. */
  readonly onClient: (socket: Socket, peer: string) => void;
  readonly maxClients?: number;
}

/** The door of one port: lets peers in, counts them and those it refused, and keeps their errors from anyone else. */
export class Gate {
  readonly server: Server;
  readonly #sockets = new Map<Socket, string>();
  readonly #admits: (address: string) => boolean;
  readonly #onClient: (socket: Socket, peer: string) => void;
  readonly #maxClients: number;
  #refused = 0;

  constructor({ admits, onClient, maxClients = MAX_CLIENTS }: GateOptions) {
    this.#admits = admits;
    this.#onClient = onClient;
    this.#maxClients = maxClients;
    this.server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#meet(socket));
  }

  /** Addresses of the clients inside, oldest first. */
  get peers(): readonly string[] {
    return [...this.#sockets.values()];
  }

  /** Peers turned away because of who they are. */
  get refused(): number {
    return this.#refused;
  }

  /** Counts one that was let in and then sent away for not being who it should. */
  countRefused(): void {
    this.#refused += 1;
  }

  /** Stops listening; settles when the last client is gone. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      // Its only error is that it was not listening.
      this.server.close(() => {
        resolve();
      });
    });
  }

  /** Ends every client's connection, and cuts it when it has not gone after `BYE_MS`. */
  endAll(): void {
    for (const socket of this.#sockets.keys()) {
      socket.end();
      cutOffLater(socket);
    }
  }

  #meet(socket: Socket): void {
    // A reset by the peer ends in 'close', which is all that matters here.
    socket.on('error', () => socket.destroy());
    const address = socket.remoteAddress;
    if (address === undefined) {
      socket.destroy();
      return;
    }
    if (!this.#admits(address)) {
      this.#refused += 1;
      turnAway(socket, errorReply('refused', `the agent does not accept connections from ${plainAddress(address)}`));
      return;
    }
    if (this.#sockets.size >= this.#maxClients) {
      turnAway(socket, errorReply('busy', `${this.#maxClients} clients are connected already; try again later`));
      return;
    }
    this.#welcome(socket, address);
  }

  #welcome(socket: Socket, address: string): void {
    const plain = plainAddress(address);
    const peer = plain.includes(':') ? `[${plain}]:${socket.remotePort}` : `${plain}:${socket.remotePort}`;
    this.#sockets.set(socket, peer);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.setKeepAlive(true, KEEPALIVE_MS);
    this.#onClient(socket, peer);
  }
}

function turnAway(socket: Socket, line: string): void {
  socket.end(`${line}\n`);
  // A peer that has sent something already would get a reset instead of the line, were its bytes left unread.
  socket.resume();
  cutOffLater(socket);
}
