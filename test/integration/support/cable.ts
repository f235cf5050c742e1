import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** The cable to a server, as it were: it counts what goes towards the server, and breaks or falls silent when told. */
export class Cable {
  readonly port: number;
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  #sentBytes = 0;
  #cutAt = Infinity;
  #isSilent = false;

  private constructor(server: Server, target: { readonly host: string; readonly port: number }) {
    this.#server = server;
    this.#target = target;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (near: Socket) => this.#join(near));
  }

  /** A cable to a port, of this computer unless said otherwise. */
  static async lay(port: number, host = '127.0.0.1'): Promise<Cable> {
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Cable(server, { host, port });
  }

  /** Bytes that went towards the server, over all connections. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Breaks every connection now. */
  cut(): void {
    this.#cutAt = this.#sentBytes;
    this.#break();
  }

  /** Breaks every connection once so many more bytes have gone towards the server. */
  cutAfter(bytes: number): void {
    this.#cutAt = this.#sentBytes + bytes;
  }

  /** Carries nothing any more, without telling either side, as a Wi-Fi out of reach does. */
  fallSilent(): void {
    this.#isSilent = true;
  }

  /** Carries whole connections again; those that were cut or silent are gone. */
  mend(): void {
    this.#break();
    this.#cutAt = Infinity;
    this.#isSilent = false;
  }

  async take(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#break();
    await closed;
  }

  #join(near: Socket): void {
    const far = connect({ ...this.#target, allowHalfOpen: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => undefined);
      from.once('close', () => {
        this.#sockets.delete(from);
        if (!this.#isSilent) to.destroy();
      });
      from.once('end', () => {
        if (!this.#isSilent) to.end();
      });
    }
    near.on('data', (bytes: Buffer) => this.#forward(bytes, far));
    far.on('data', (bytes: Buffer) => {
      if (!this.#isSilent) near.write(bytes);
    });
  }

  #forward(bytes: Buffer, far: Socket): void {
    if (this.#isSilent) return;
    const carried = bytes.subarray(0, this.#cutAt - this.#sentBytes);
    this.#sentBytes += carried.length;
    if (this.#sentBytes < this.#cutAt) far.write(carried);
    else far.write(carried, () => this.#break());
  }

  #break(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
